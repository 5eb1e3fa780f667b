"""Calls made at once come back in their order; for a single one no thread is started."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from joblib import delayed

from credit_risk.features.at_once import THREADS, at_once


def _where(number: int) -> tuple[int, str]:
    return number, threading.current_thread().name


def test_a_single_call_is_made_where_it_is_asked_for() -> None:
    assert list(at_once([delayed(_where)(7)])) == [(7, threading.current_thread().name)]
    assert list(at_once([])) == []


@pytest.mark.parametrize("calls", [2, 9])
def test_several_come_back_in_their_order_from_threads(calls: int) -> None:
    made = list(at_once(delayed(_where)(number) for number in range(calls)))
    assert [number for number, _ in made] == list(range(calls))
    assert threading.current_thread().name not in {name for _, name in made}


def test_no_more_are_taken_than_can_be_made() -> None:
    taken: list[int] = []
    release = threading.Event()

    def waited(number: int) -> int:
        release.wait(10)
        return number

    def calls() -> Iterator[Any]:
        for number in range(20):
            taken.append(number)
            yield delayed(waited)(number)

    made = at_once(calls())
    assert len(taken) <= 2 * THREADS
    release.set()
    assert list(made) == list(range(20))
