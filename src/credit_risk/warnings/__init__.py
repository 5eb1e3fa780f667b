"""Early warnings: signals over a snapshot, merged into one lead per enterprise, each with its evidence."""

from credit_risk.warnings.signals import check_signals
from credit_risk.warnings.warn import LEVELS, WARNINGS_SCHEMA, Warned, warn_as_of

__all__ = ["LEVELS", "WARNINGS_SCHEMA", "Warned", "check_signals", "warn_as_of"]
