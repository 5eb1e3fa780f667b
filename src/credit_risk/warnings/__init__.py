"""Warnings: signals, event risk, fusion to one warning an enterprise, and the ledger of what became of it."""

from credit_risk.warnings.facts import usual_at
from credit_risk.warnings.signals import check_signals
from credit_risk.warnings.warn import LEVELS, QUIET_SCHEMA, WARNINGS_SCHEMA, Warned, warn_as_of

__all__ = ["LEVELS", "QUIET_SCHEMA", "WARNINGS_SCHEMA", "Warned", "check_signals", "usual_at", "warn_as_of"]
