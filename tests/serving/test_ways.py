"""The search for a way to a better grade tells how far it is, can be stopped, and can be begun again."""

from __future__ import annotations

import threading
import time
from typing import Any, cast

from credit_risk.errors import InputError
from credit_risk.explain.recourse import Progress, Recourse
from credit_risk.serving.ways import Way, Ways

FOUND = cast(Recourse, "found")


def _over(way: Way) -> bool:
    ends = time.monotonic() + 10
    while not way.over and time.monotonic() < ends:
        time.sleep(0.01)
    return way.over


def test_a_search_tells_how_many_sets_it_tried_of_at_most_how_many_and_ends_when_it_is_stopped() -> None:
    ways, reached, go, tried = Ways(), threading.Event(), threading.Event(), list[int]()

    def search(progress: Progress) -> Recourse:
        for number in range(1, 10):
            progress(number, 9)
            tried.append(number)
            if number == 3:
                reached.set()
                go.wait(10)
        return FOUND

    way = ways.ask("one", search)
    assert reached.wait(10) and (way.tried, way.at_most) == (3, 9) and not way.over
    way.stop()
    go.set()
    assert _over(way) and way.stopped and way.found is None and tried == [1, 2, 3]
    assert ways.ask("one", search) is way, "a stopped search is not begun again by looking at it"
    again = ways.ask("one", search, again=True)
    assert again is not way and _over(again) and again.found == FOUND
    assert ways.ask("one", search, again=True) is again, "one that ended is not begun again"


def test_a_search_that_waits_for_its_turn_is_stopped_before_it_begins() -> None:
    ways, go, begun = Ways(), threading.Event(), list[Any]()

    def slow(_: Progress) -> Recourse:
        go.wait(10)
        return FOUND

    def second(_: Progress) -> Recourse:
        begun.append(True)
        return FOUND

    first, waiting = ways.ask("first", slow), ways.ask("second", second)
    waiting.stop()
    go.set()
    assert _over(first) and _over(waiting) and waiting.stopped and not begun


def test_what_is_raised_on_purpose_is_told_in_words() -> None:
    def refuse(_: Progress) -> Recourse:
        raise InputError("not scorable")

    way = Ways().ask("x", refuse)
    assert _over(way) and way.refused == "not scorable"
