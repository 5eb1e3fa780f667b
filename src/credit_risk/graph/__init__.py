"""The association graph: dated relations, asked as known at t."""

from credit_risk.graph.as_of import Graph

__all__ = ["Graph"]
