"""A stored snapshot opened to be read one enterprise at a time: what its folder holds for that is opened once."""

from __future__ import annotations

import json
import math
import time
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from credit_risk.explain.ahead import Ahead, Told, told_in
from credit_risk.explain.marked import Teller
from credit_risk.explain.served import Served
from credit_risk.explain.told import Words

__all__ = ["Opened"]

LOOK_AGAIN = 1.0  # seconds until it is looked again whether rows were told ahead


@dataclass
class Opened:
    """The files of one snapshot; ``served`` is None where it was not published, ``words`` where it has none."""

    folder: Path
    served: Served | None
    words: Words | None
    _ahead: Ahead | None = None
    _looked: float = -math.inf

    @classmethod
    def of(cls, folder: Path) -> Opened:
        """Open the snapshot in a folder."""
        served, words = folder / "served.arrow", folder / "words.json"
        stored = json.loads(words.read_text(encoding="utf-8")) if words.is_file() else None
        return cls(
            folder, Served(served) if served.is_file() else None, Words.from_json(stored) if stored else None
        )

    @property
    def id(self) -> str:
        """The id of the snapshot."""
        return self.folder.name

    @cached_property
    def teller(self) -> Teller | None:
        """Tells stored reasons as JSON; None where they are stored as they are told."""
        return Teller(self.words) if self.words else None

    def told_ahead(self, subject: str) -> Told | None:
        """Return what was told ahead of an enterprise, None where nothing was (yet)."""
        if self._ahead is None and not self._found():
            return None
        place = self.served.place(subject) if self.served else None
        return self._ahead.row(*place) if self._ahead and place else None

    def _found(self) -> bool:
        """Look for what was told ahead, not at every call."""
        now = time.monotonic()
        if now < self._looked + LOOK_AGAIN:
            return False
        self._looked, path = now, self.folder / "told.arrow"
        if told_in(path):
            self._ahead = Ahead(path)
        return self._ahead is not None
