"""Which day it is for the people at a desk: that of the clock, or the one on which a practice zone is worked."""

from __future__ import annotations

import os
from datetime import date, datetime

__all__ = ["Day"]


class Day:
    """The day of whoever inherits it."""

    @property
    def today(self) -> date:
        """Today; ``CREDIT_RISK_TODAY`` (an ISO date) sets it for a practice zone, whose last day lies in the past."""
        given = os.environ.get("CREDIT_RISK_TODAY")
        return date.fromisoformat(given) if given else date.today()

    @property
    def practising(self) -> bool:
        """Whether today is a day that was set, not that of the clock."""
        return bool(os.environ.get("CREDIT_RISK_TODAY"))

    @property
    def now(self) -> datetime:
        """The moment of today at which it is now: what people do is stamped by it, and counted against due days.

        Sessions, keys and the audit chain keep to the clock of the machine.
        """
        return datetime.combine(self.today, datetime.now().time())
