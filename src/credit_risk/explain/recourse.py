"""The way to a better grade: the smallest set of lawful actions that reaches it, found and checked by re-scoring.

Only remedies of the book on the enterprise's own records are tried (``remedies.py``): nothing that cannot be changed,
and nothing that would only look better. Everything is scored by the real pipeline as if the
actions had taken effect at t; how other facts move until the waiting times are over nobody knows, so nothing is said.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import combinations
from math import comb

from credit_risk.explain.remedies import Action, open_actions, seen_with, together
from credit_risk.explain.suppose import Scored, over, scored_at
from credit_risk.features import Matrix
from credit_risk.models.model import CreditModel
from credit_risk.records.clock import Moment

__all__ = ["MOST_TRIED", "Recourse", "find_recourse"]

MOST_TRIED = 60
Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Recourse:
    """What would lead to a better grade.

    Attributes
    ----------
    now : Scored
    chosen : list of Action, or None
        The smallest set that reaches a better grade, the shortest waiting first among equals; None where not even all
        actions together do.
    after : Scored
        With the chosen actions, or with all of them where they do not suffice.
    possible : list of (Action, points)
        Every action open to the enterprise with the points that it brings alone, most first.
    smallest : bool
        No smaller set suffices. False where there were too many sets to try them all: then no action of the set can
        be left out.
    lawful_on : date or None
        First day on which all chosen actions may have taken effect.

    """

    now: Scored
    chosen: list[Action] | None
    after: Scored
    possible: list[tuple[Action, float]]
    smallest: bool
    lawful_on: date | None


def find_recourse(
    matrix: Matrix, model: CreditModel, subject: str, t: Moment, progress: Progress | None = None
) -> Recourse:
    """Return the smallest set of lawful actions that brings an enterprise to the next better grade at t."""
    search = _Search(matrix, model, subject, t, progress or (lambda _: None))
    now = search.scored(())
    actions = open_actions(matrix, subject, t)
    alone = [(a, search.scored((a,)).score - now.score) for a in actions]
    helpful = [a for a, points in sorted(alone, key=lambda one: -one[1]) if points > 0]
    possible = sorted(alone, key=lambda one: -one[1])
    if not helpful:
        return Recourse(now, None, now, possible, True, None)
    every = search.scored(tuple(helpful))
    if not search.better(every, now):
        return Recourse(now, None, every, possible, True, None)
    chosen, smallest = search.smallest(helpful, now)
    after = search.scored(chosen)
    return Recourse(now, list(chosen), after, possible, smallest, max(a.lawful_on for a in chosen))


class _Search:
    """Scores sets of actions, each once."""

    def __init__(
        self, matrix: Matrix, model: CreditModel, subject: str, t: Moment, progress: Progress
    ) -> None:
        self.matrix, self.model, self.subject, self.t = matrix, model, subject, t
        self.progress = progress
        self.known: dict[frozenset[str], Scored] = {}

    def scored(self, actions: Sequence[Action]) -> Scored:
        key = frozenset(f"{a.remedy}/{a.record_id}" for a in actions)
        if key not in self.known:
            supposed = together(a.supposed for a in actions)
            pool = self.matrix.records.pool
            seen = over(self.matrix, seen_with(pool, supposed)) if actions else self.matrix
            self.known[key] = scored_at(seen, self.model, self.subject, self.t)
            self.progress(len(self.known))
        return self.known[key]

    def better(self, one: Scored, other: Scored) -> bool:
        grades = self.model.scale.grades
        return grades.index(one.grade) < grades.index(other.grade)

    def smallest(self, helpful: list[Action], now: Scored) -> tuple[tuple[Action, ...], bool]:
        """Return a smallest set that reaches a better grade, or one of which nothing can be left out."""
        for size in range(1, len(helpful) + 1):
            if len(self.known) + comb(len(helpful), size) > MOST_TRIED + len(helpful):
                return self._reduced(helpful, now), False
            for chosen in _by_waiting(combinations(helpful, size)):
                if self.better(self.scored(chosen), now):
                    return chosen, True
        return tuple(helpful), True

    def _reduced(self, helpful: list[Action], now: Scored) -> tuple[Action, ...]:
        """Leave out one action after another, the longest waiting first, while the grade is still reached."""
        left = list(helpful)
        for action in sorted(helpful, key=lambda a: a.lawful_on, reverse=True):
            without = [a for a in left if a is not action]
            if without and self.better(self.scored(without), now):
                left = without
        return tuple(left)


def _by_waiting(sets: Iterable[tuple[Action, ...]]) -> list[tuple[Action, ...]]:
    """Return the sets, those that may take effect first before others; else as they come."""
    return sorted(sets, key=lambda chosen: max(a.lawful_on for a in chosen))
