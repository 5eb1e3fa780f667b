"""Records: envelope, identity, ingest with quarantine, store, ``as_of``."""

from credit_risk.records.as_of import Records
from credit_risk.records.clock import day_of, moment
from credit_risk.records.coverage import coverage, newest_delivery
from credit_risk.records.fold import Folding, fold
from credit_risk.records.inbox import Inbox, Problem, Receipt
from credit_risk.records.ingest import FileReport, ingest
from credit_risk.records.store import Pool
from credit_risk.records.view import View

__all__ = [
    "FileReport",
    "Folding",
    "Inbox",
    "Pool",
    "Problem",
    "Receipt",
    "Records",
    "View",
    "coverage",
    "day_of",
    "fold",
    "ingest",
    "moment",
    "newest_delivery",
]
