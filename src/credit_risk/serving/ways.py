"""Ways to a better grade, searched in a thread of their own: one takes many scorings, and nobody else waits for it."""

from __future__ import annotations

import logging
import queue
import threading
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from credit_risk.book import Rules
from credit_risk.errors import CreditRiskError
from credit_risk.explain.recourse import Recourse, find_recourse
from credit_risk.features import Catalogue, Matrix
from credit_risk.graph import Graph
from credit_risk.models.model import CreditModel
from credit_risk.records import Pool, Records

__all__ = ["Way", "Ways"]

log = logging.getLogger(__name__)
MOST = 200


@dataclass(slots=True)
class Way:
    """A search: ``tried`` sets so far, then ``found``, or ``refused`` in words. It is over when either is there."""

    tried: int = 0
    found: Recourse | None = None
    refused: str | None = None

    @property
    def over(self) -> bool:
        """Whether the search has ended."""
        return self.found is not None or self.refused is not None


class Ways:
    """The searches of a desk, one after another; the latest ``MOST`` are kept."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self._ways: OrderedDict[tuple[str, str], Way] = OrderedDict()
        self._asked: queue.SimpleQueue[tuple[Way, str, datetime, CreditModel]] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def ask(self, snapshot_id: str, subject: str, t: datetime, model: CreditModel) -> Way:
        """Return the search for an enterprise as of a snapshot, begun now if it was not asked for before."""
        with self._lock:
            way = self._ways.get((snapshot_id, subject))
            if way is None:
                way = self._ways[snapshot_id, subject] = Way()
                self._asked.put((way, subject, t, model))
                while len(self._ways) > MOST:
                    self._ways.popitem(last=False)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="ways", daemon=True)
                self._thread.start()
            return way

    def _run(self) -> None:
        pool = Pool(self.rules)
        matrix = Matrix(Catalogue.of(self.rules), Records(pool), Graph(pool))
        while True:
            way, subject, t, model = self._asked.get()
            try:
                way.found = find_recourse(matrix, model, subject, t, partial(_tried, way))
            except CreditRiskError as problem:
                way.refused = problem.message
            except Exception:
                log.exception("no way could be searched for %s", subject)
                way.refused = "计算失败 the search failed"


def _tried(way: Way, number: int) -> None:
    way.tried = number
