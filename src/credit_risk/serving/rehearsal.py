"""Asks beforehand, while nothing is waiting, what a post may ask for, so that a post finds every statement planned."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pandas as pd

from credit_risk.explain.evidence import Evidence
from credit_risk.explain.records import MOST
from credit_risk.features import Matrix
from credit_risk.serving.in_force import Now
from credit_risk.warnings.backed import with_evidence

__all__ = ["Rehearsal"]

Question = Callable[[Matrix, str], object]


class Rehearsal:
    """The records behind every indicator of the model and every signal of the book, asked for one at a time.

    Twice: a statement is planned for good only when all tables are there that any of them makes.
    """

    def __init__(self, now: Now) -> None:
        self.now = now
        once: list[Question] = [partial(_shown, now, name) for name in now.force.model.names]
        once += [partial(_warned, now, signal) for signal in now.force.rules.signals]
        self.left = [*once, *once]

    def ask(self, near: Matrix, subject: str) -> None:
        """Ask the next question of an enterprise that is held."""
        self.left.pop(0)(near, subject)


def _shown(now: Now, name: str, near: Matrix, subject: str) -> None:
    with Evidence(near, now.t) as records:
        records.table(name, [subject], MOST)


def _warned(now: Now, signal: str, near: Matrix, subject: str) -> None:
    with_evidence(near, pd.DataFrame({"subject": [subject], "signal": [signal]}), now.t)
