"""How often one caller may call, counted in fixed windows of a minute, per process.

Counted here and not by a library: a count stands before every answer, and the usual one starts a thread for it.
"""

from __future__ import annotations

import threading
import time
from collections import Counter

__all__ = ["Limiter"]

MINUTE = 60.0


class Limiter:
    """``per_minute`` calls a minute for each caller; counts of a minute that is over are forgotten at once."""

    def __init__(self, per_minute: int) -> None:
        self.per_minute = per_minute
        self._calls: Counter[str] = Counter()
        self._ends = 0.0
        self._lock = threading.Lock()

    def wait(self, who: str) -> int:
        """Count one call; return 0, or the seconds after which to come again."""
        with self._lock:
            left = self._left()
            self._calls[who] += 1
            return left if self._calls[who] > self.per_minute else 0

    def waits(self, who: str) -> int:
        """Return what ``wait`` would, without counting a call."""
        with self._lock:
            left = self._left()
            return left if self._calls.get(who, 0) >= self.per_minute else 0

    def _left(self) -> int:
        """Return the seconds until this minute ends; begin another where it has."""
        now = time.monotonic()
        if now >= self._ends:
            self._calls.clear()
            self._ends = now + MINUTE
        return max(1, round(self._ends - now))
