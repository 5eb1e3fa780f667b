"""Ingest of departments' files with quarantine."""

from credit_risk.records.ingest.load import FileReport, ingest

__all__ = ["FileReport", "ingest"]
