"""Calls that compute outside Python (LightGBM, DuckDB), several at once in threads of one process."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain, islice
from typing import Any

from joblib import Parallel

__all__ = ["THREADS", "at_once"]

THREADS = 2


def at_once(calls: Iterable[Any]) -> Iterator[Any]:
    """Make joblib's ``delayed`` calls, ``THREADS`` at a time; yield what they return in the order of the calls.

    No call is made before a thread is free for it, so no more than ``THREADS`` results are in the making. For a single
    call no thread is started: to start and ask one takes longer than what is worked out for a handful.
    """
    waiting = iter(calls)
    first = list(islice(waiting, 2))
    if len(first) < 2:
        return iter([call(*given, **named) for call, given, named in first])
    threads = Parallel(THREADS, prefer="threads", return_as="generator", pre_dispatch="n_jobs")
    done: Iterator[Any] = threads(chain(first, waiting))
    return done
