"""Ways to a better grade, searched in a thread of their own: one takes many scorings, and nobody else waits for it."""

from __future__ import annotations

import logging
import queue
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass

from credit_risk.errors import CreditRiskError
from credit_risk.explain.recourse import Progress, Recourse

__all__ = ["Way", "Ways"]

log = logging.getLogger(__name__)
MOST = 200
Search = Callable[[Progress], Recourse]


class _Stopped(Exception):
    """Somebody stopped the search."""


@dataclass(slots=True)
class Way:
    """A search: ``tried`` of ``at_most`` sets so far, then ``found``, ``refused`` in words, or ``stopped``."""

    tried: int = 0
    at_most: int = 0
    found: Recourse | None = None
    refused: str | None = None
    stopping: bool = False
    stopped: bool = False

    @property
    def over(self) -> bool:
        """Whether the search has ended."""
        return self.found is not None or self.refused is not None or self.stopped

    def stop(self) -> None:
        """Have it end before the next set is tried."""
        self.stopping = True

    def count(self, tried: int, at_most: int) -> None:
        """Take down how far it is; ends the search if somebody stopped it."""
        self.tried, self.at_most = tried, at_most
        if self.stopping:
            raise _Stopped

    def run(self, search: Search) -> None:
        """Search, unless it was stopped already."""
        try:
            self.count(0, 0)
            self.found = search(self.count)
        except _Stopped:
            self.stopped = True
        except CreditRiskError as problem:
            self.refused = problem.message
        except Exception:
            log.exception("a way could not be searched for")
            self.refused = "计算失败 the search failed"


class Ways:
    """The searches of a desk, one after another; the latest ``MOST`` are kept."""

    def __init__(self) -> None:
        self._ways: OrderedDict[Hashable, Way] = OrderedDict()
        self._asked: queue.SimpleQueue[tuple[Way, Search]] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def ask(self, key: Hashable, search: Search, again: bool = False) -> Way:
        """Return the search of that key, begun now if it was not asked for before, or stopped and asked ``again``."""
        with self._lock:
            way = self._ways.get(key)
            if way is None or (again and way.stopped):
                way = self._ways[key] = Way()
                self._asked.put((way, search))
                while len(self._ways) > MOST:
                    self._ways.popitem(last=False)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="ways", daemon=True)
                self._thread.start()
            return way

    def _run(self) -> None:
        while True:
            way, search = self._asked.get()
            way.run(search)
