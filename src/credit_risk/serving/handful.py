"""What can matter to one enterprise, read once for all that is supposed of it; the whole pool is not read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from credit_risk.features import Catalogue, Matrix
from credit_risk.features.near import Near
from credit_risk.graph import Graph
from credit_risk.records import Pool, Records

__all__ = ["Handful"]


class Handful:
    """The catalogue over one enterprise and who is near it, over a pool of its own; for one thread at a time.

    Who is near whom is worked out at the first question of a moment, and kept until another moment is asked for. The
    pool has one thread: over a handful of rows more of them only wait for each other.
    """

    def __init__(self, catalogue: Catalogue) -> None:
        pool = Pool(catalogue.rules)
        pool.connection.raw_sql("SET threads = 1")
        self.matrix = Matrix(catalogue, Records(pool), Graph(pool))
        self._near: Near | None = None

    @contextmanager
    def of(self, subject: str, t: datetime) -> Iterator[Matrix]:
        """Give the catalogue over what can matter to an enterprise at t, as the pool is now."""
        with self.matrix.records.pool.still():
            if self._near is None or self._near.t != t:
                self._near = Near(self.matrix, t)
            yield self._near.held([subject])
