"""The lifelong credit archive of an enterprise: everything known at t, usable or not, down to the source record."""

from credit_risk.archive.page import archive_page
from credit_risk.archive.questions import Asking
from credit_risk.archive.timeline import Archive, Line, read_archive

__all__ = ["Archive", "Asking", "Line", "archive_page", "read_archive"]
