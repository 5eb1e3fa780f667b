"""Exchange with the city platform: results and retractions wait in an outbox; the platform comes, nothing is sent."""

from credit_risk.serving.exchange.outbox import Message, Outbox, Receipt, Result, Shared
from credit_risk.serving.exchange.results import results

__all__ = ["Message", "Outbox", "Receipt", "Result", "Shared", "results"]
