"""Explanations: contributions, reasons, evidence; snapshots of explained scores."""

from credit_risk.explain.score import score_as_of
from credit_risk.explain.snapshot import SCORES_SCHEMA, Snapshot, Snapshots
from credit_risk.explain.wording import Wording

__all__ = ["SCORES_SCHEMA", "Snapshot", "Snapshots", "Wording", "score_as_of"]
