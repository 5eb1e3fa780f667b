"""What takes seconds is worked out beside: once, in order, and a fault costs only its own answer."""

from __future__ import annotations

import threading
import time

from credit_risk.errors import InputError
from credit_risk.serving.workbench import Workbench


def test_what_is_asked_for_twice_is_worked_out_once() -> None:
    bench, done = Workbench(), []
    go = threading.Event()

    def make() -> int:
        go.wait(5)
        done.append(1)
        return 7

    piece = bench.ask("a", make)
    began = time.monotonic()
    assert not piece.over() and not piece.over(0.01) and time.monotonic() - began < 1
    assert bench.ask("a", make) is piece
    go.set()
    assert piece.over(5) and piece.found == 7 and piece.refused is None and done == [1]


def test_a_refusal_is_told_in_words_and_a_fault_does_not_stop_the_next() -> None:
    bench = Workbench()

    def refuse() -> int:
        raise InputError("since: expected a time before 2026-06-30")

    def fail() -> int:
        raise RuntimeError("secret")

    pieces = [bench.ask(1, refuse), bench.ask(2, fail), bench.ask(3, lambda: 3)]
    assert all(piece.over(5) for piece in pieces)
    assert pieces[0].refused == "since: expected a time before 2026-06-30"
    assert pieces[1].refused is not None and "secret" not in pieces[1].refused
    assert pieces[2].found == 3
