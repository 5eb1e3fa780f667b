"""A zone that never was: departments' files with a hidden truth. Only the command line and tests use it."""

from credit_risk.simulation.identity import simulation_hash
from credit_risk.simulation.simulate import simulate
from credit_risk.simulation.summary import FileSummary, SimulationSummary

__all__ = ["FileSummary", "SimulationSummary", "simulate", "simulation_hash"]
