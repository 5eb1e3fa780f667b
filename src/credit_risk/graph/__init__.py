"""The association graph: dated relations, asked as known at t."""

from credit_risk.graph.as_of import Graph
from credit_risk.graph.components import components
from credit_risk.graph.patterns import Finding, find_patterns

__all__ = ["Finding", "Graph", "components", "find_patterns"]
