"""Who is meant: alternative codes and names resolved to unified social credit codes, or kept waiting."""

from credit_risk.records.identity.codes import is_organisation_code, is_registration_number
from credit_risk.records.identity.queue import Decisions, Waiting, waiting

__all__ = ["Decisions", "Waiting", "is_organisation_code", "is_registration_number", "waiting"]
