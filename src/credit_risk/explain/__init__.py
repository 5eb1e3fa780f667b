"""Explanations: contributions, reasons, evidence; snapshots of explained scores."""

from credit_risk.explain.score import score_as_of
from credit_risk.explain.snapshot import SCORES_SCHEMA, Snapshot, Snapshots

__all__ = ["SCORES_SCHEMA", "Snapshot", "Snapshots", "score_as_of"]
