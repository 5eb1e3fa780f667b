"""Risk beyond one enterprise: areas and sectors, contagion with its path, shocks played through, dependence on few."""

from credit_risk.warnings.area.concentration import dependence, herfindahl, key_nodes
from credit_risk.warnings.area.contagion import Contagion, Reached, contagion
from credit_risk.warnings.area.index import risk_index
from credit_risk.warnings.area.stress import Stress, hit_by, stress

__all__ = [
    "Contagion",
    "Reached",
    "Stress",
    "contagion",
    "dependence",
    "herfindahl",
    "hit_by",
    "key_nodes",
    "risk_index",
    "stress",
]
