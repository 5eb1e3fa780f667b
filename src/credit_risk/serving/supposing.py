"""What is supposed of one published score: repairs, the way to a better grade, the causes of a change.

Each takes seconds or minutes, so what they read is apart from what pages read, and a search is apart from the rest:
nobody who asks what a repair would change waits for a search to end.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from functools import cached_property

from credit_risk.explain.recourse import Progress, Recourse, find_recourse
from credit_risk.explain.suppose import Change, WhatIf, change_between, what_if_repaired
from credit_risk.features import Catalogue, Matrix
from credit_risk.graph import Graph
from credit_risk.models.model import CreditModel
from credit_risk.records import Pool, Records
from credit_risk.serving.handful import Handful
from credit_risk.serving.ways import Way, Ways

__all__ = ["Supposing"]


class Supposing:
    """Scores one enterprise as it would be, or was; nothing is stored."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self.ways = Ways()
        self._lock = threading.RLock()
        self._handful, self._searching = Handful(catalogue), Handful(catalogue)

    @cached_property
    def _whole(self) -> Matrix:
        pool = Pool(self.catalogue.rules)
        return Matrix(self.catalogue, Records(pool), Graph(pool))

    @contextmanager
    def few(self, subject: str, t: datetime) -> Iterator[Matrix]:
        """Give the catalogue over one enterprise and who is near it; one caller at a time."""
        with self._lock, self._handful.of(subject, t) as few:
            yield few

    def what_if(self, model: CreditModel, subject: str, t: datetime, record_ids: Sequence[str]) -> WhatIf:
        """Return the score as it would be if records were repaired; InputError where one is not usable."""
        with self.few(subject, t) as few:
            return what_if_repaired(few, model, subject, t, record_ids)

    def change(self, model: CreditModel, subject: str, since: date, t: datetime) -> Change:
        """Return why the score differs from that of an earlier day, same model. It reads the whole pool."""
        with self._lock:
            return change_between(self._whole, model, model, subject, since, t)

    def way(
        self, model: CreditModel, subject: str, t: datetime, snapshot_id: str | None, again: bool = False
    ) -> Way:
        """Return the search for the fewest lawful actions that lead to a better grade, begun if needed.

        One that was stopped is begun ``again`` where that is asked for.
        """

        def search(progress: Progress) -> Recourse:
            with self._searching.of(subject, t) as few:  # searches come one after another
                return find_recourse(few, model, subject, t, progress)

        return self.ways.ask((snapshot_id, subject), search, again)
