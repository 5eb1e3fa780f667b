"""The operational store: what people and callers did. SQLite with nothing to start, PostgreSQL by URL."""

from credit_risk.store.engine import exclusive, open_store, reading

__all__ = ["exclusive", "open_store", "reading"]
