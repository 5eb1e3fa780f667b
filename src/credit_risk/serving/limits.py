"""How often one caller may call, counted by the library ``limits`` in fixed windows of a minute, per process.

Its storage for event loops is taken: the other one starts a thread every hundredth of a second, and every call waits
for that.
"""

from __future__ import annotations

import time

from limits import RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import FixedWindowRateLimiter

__all__ = ["Limiter"]


class Limiter:
    """``per_minute`` calls a minute for each caller; ``what`` keeps several limits apart. Not for several threads."""

    def __init__(self, per_minute: int, what: str = "calls") -> None:
        self.per_minute, self.what = per_minute, what
        self._rule = RateLimitItemPerMinute(per_minute)
        self._windows = FixedWindowRateLimiter(MemoryStorage())

    async def wait(self, who: str) -> int:
        """Count one call; return 0, or the seconds after which to come again."""
        if await self._windows.hit(self._rule, self.what, who):
            return 0
        return await self._left(who)

    async def waits(self, who: str) -> int:
        """Return what ``wait`` would, without counting a call."""
        return 0 if await self._windows.test(self._rule, self.what, who) else await self._left(who)

    async def _left(self, who: str) -> int:
        ends = (await self._windows.get_window_stats(self._rule, self.what, who)).reset_time
        return max(1, round(ends - time.time()))
