"""Answers kept in memory as they were encoded: bounded by their bytes, the longest unused go first."""

from __future__ import annotations

import threading
from collections import OrderedDict

__all__ = ["KeptAnswers"]


class KeptAnswers:
    """Encoded answers by what was asked; safe to use from several threads."""

    def __init__(self, most_bytes: int = 256 * 2**20) -> None:
        self.most_bytes, self.held = most_bytes, 0
        self._answers: OrderedDict[tuple[str, ...], bytes] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, asked: tuple[str, ...]) -> bytes | None:
        """Return a kept answer, None when it is not here."""
        with self._lock:
            found = self._answers.get(asked)
            if found is not None:
                self._answers.move_to_end(asked)
            return found

    def keep(self, asked: tuple[str, ...], answer: bytes) -> None:
        """Keep an answer and let the longest unused go where there is no room."""
        with self._lock:
            self.held += len(answer) - len(self._answers.pop(asked, b""))
            self._answers[asked] = answer
            while self.held > self.most_bytes and self._answers:
                self.held -= len(self._answers.popitem(last=False)[1])
