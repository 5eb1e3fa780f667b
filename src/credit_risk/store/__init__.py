"""The operational store: what people and callers did. SQLite with nothing to start, PostgreSQL by URL."""

from credit_risk.store.engine import SILENT, exclusive, open_store, reading
from credit_risk.store.held import Held

__all__ = ["SILENT", "Held", "exclusive", "open_store", "reading"]
