"""The association graph: dated relations, asked as known at t."""

from credit_risk.graph.as_of import Graph
from credit_risk.graph.components import components

__all__ = ["Graph", "components"]
