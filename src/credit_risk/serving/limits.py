"""How often one caller may call, in fixed windows of a minute, per process.

The counts are held by a ``TTLCache`` of cachetools, which forgets a window when it is over. The library ``limits`` is
not taken: its storage for event loops starts a task with every call that walks through all callers, its other one a
thread every hundredth of a second.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass

from cachetools import TTLCache

__all__ = ["Limiter"]

MINUTE, MOST = 60.0, 2**16


@dataclass(slots=True)
class _Window:
    ends: float
    calls: int = 0


class Limiter:
    """``per_minute`` calls a minute for each caller, counted from the first one. Not for several threads.

    Of more than 65,536 callers in a minute those that called longest ago are forgotten.
    """

    def __init__(self, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.per_minute, self._clock = per_minute, clock
        self._windows: TTLCache[str, _Window] = TTLCache(MOST, MINUTE, clock)

    def wait(self, who: str) -> int:
        """Count one call; return 0, or the seconds after which to come again."""
        window = self._windows.get(who)
        if window is None:
            window = self._windows[who] = _Window(self._clock() + MINUTE)
        window.calls += 1
        return self._left(window) if window.calls > self.per_minute else 0

    def waits(self, who: str) -> int:
        """Return what ``wait`` would, without counting a call."""
        window = self._windows.get(who)
        return 0 if window is None or window.calls < self.per_minute else self._left(window)

    def _left(self, window: _Window) -> int:
        return max(1, math.ceil(window.ends - self._clock()))
