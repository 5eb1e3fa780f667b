"""Answers that take seconds, worked out one after another in a thread of their own: no page waits for them."""

from __future__ import annotations

import logging
import queue
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from credit_risk.errors import CreditRiskError

__all__ = ["Piece", "Workbench"]

T = TypeVar("T")
log = logging.getLogger(__name__)
MOST = 200


@dataclass(slots=True)
class Piece(Generic[T]):
    """One piece of work: ``found``, or ``refused`` in words; over when either is there."""

    found: T | None = None
    refused: str | None = None
    _done: threading.Event = field(default_factory=threading.Event)

    def over(self, seconds: float = 0.0) -> bool:
        """Tell whether it is finished, waiting for it at most so long."""
        return self._done.wait(seconds)

    def work(self, make: Callable[[], T]) -> None:
        """Do it; what is raised on purpose is kept as the refusal."""
        try:
            self.found = make()
        except CreditRiskError as problem:
            self.refused = problem.message
        except Exception:
            log.exception("a piece of work failed")
            self.refused = "计算失败 the computation failed"
        self._done.set()


class Workbench:
    """The pieces of work of a desk; the latest ``MOST`` are kept."""

    def __init__(self) -> None:
        self._pieces: OrderedDict[Hashable, Piece[object]] = OrderedDict()
        self._asked: queue.SimpleQueue[tuple[Piece[object], Callable[[], object]]] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def ask(self, key: Hashable, make: Callable[[], T]) -> Piece[T]:
        """Return the piece of work of that key, begun now if it was not asked for before."""
        with self._lock:
            piece = self._pieces.get(key)
            if piece is None:
                piece = self._pieces[key] = Piece()
                self._asked.put((piece, make))
                while len(self._pieces) > MOST:
                    self._pieces.popitem(last=False)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="workbench", daemon=True)
                self._thread.start()
        return piece  # type: ignore[return-value]

    def _run(self) -> None:
        while True:
            piece, make = self._asked.get()
            piece.work(make)
