"""Calls that compute outside Python (LightGBM, DuckDB), several at once in threads of one process."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from joblib import Parallel

__all__ = ["THREADS", "at_once"]

THREADS = 2


def at_once(calls: Iterable[Any]) -> Iterator[Any]:
    """Make joblib's ``delayed`` calls, ``THREADS`` at a time; yield what they return in the order of the calls.

    No call is made before a thread is free for it, so no more than ``THREADS`` results are in the making.
    """
    threads = Parallel(THREADS, prefer="threads", return_as="generator", pre_dispatch="n_jobs")
    done: Iterator[Any] = threads(calls)
    return done
