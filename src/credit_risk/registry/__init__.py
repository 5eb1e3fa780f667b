"""Models under version: MLflow runs and registry, gates, champion, dated history."""

from credit_risk.registry.history import History, Promotion
from credit_risk.registry.register import Registered, Registry

__all__ = ["History", "Promotion", "Registered", "Registry"]
