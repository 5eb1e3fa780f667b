"""A connection that is kept by whoever writes often."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

__all__ = ["Held"]

T = TypeVar("T")


class Held:
    """One connection for one writer at a time: to take one from the pool costs as much as a small transaction."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._kept: Connection | None = None

    def run(self, work: Callable[[Connection], T]) -> T:
        """Return what ``work`` does in a transaction of its own.

        A connection that was lost since it was used last is replaced, and the work done again on the new one; a
        transaction that was cut off at its very end may so be done twice. Raises what the database or ``work`` raises;
        after that a new connection is taken.
        """
        kept, self._kept = self._kept, None
        if kept is not None:
            try:
                return self._done(kept, work)
            except DBAPIError as problem:
                if not problem.connection_invalidated:
                    raise
        return self._done(self.engine.connect(), work)

    def _done(self, connection: Connection, work: Callable[[Connection], T]) -> T:
        try:
            with connection.begin():
                result = work(connection)
        except BaseException:
            connection.close()
            raise
        self._kept = connection
        return result
