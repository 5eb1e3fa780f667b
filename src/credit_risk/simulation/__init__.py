"""A zone that never was: departments' files with a hidden truth. Only the command line and tests use it."""

from credit_risk.simulation.identity import simulation_hash
from credit_risk.simulation.simulate import simulate
from credit_risk.simulation.summary import FileSummary, SimulationSummary
from credit_risk.simulation.truth import Truth, read_truth

__all__ = ["FileSummary", "SimulationSummary", "Truth", "read_truth", "simulate", "simulation_hash"]
