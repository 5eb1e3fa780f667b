"""A piece of work in a process of its own, so that its peak of memory is its own."""

from __future__ import annotations

import resource
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any

__all__ = ["apart"]


def apart(work: Callable[..., dict[str, Any]], *words: Any) -> dict[str, Any]:
    """Return what ``work`` returns, and ``peak_gib``, the most memory that its process held."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as alone:
        return alone.submit(_measured, work, words).result()


def _measured(work: Callable[..., dict[str, Any]], words: tuple[Any, ...]) -> dict[str, Any]:
    figures = work(*words)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    return {**figures, "peak_gib": round(peak, 2)}
