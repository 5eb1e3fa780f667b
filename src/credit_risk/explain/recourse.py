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

from credit_risk.explain.contributions import Explainer
from credit_risk.explain.remedies import Action, open_actions, seen_with, together
from credit_risk.explain.suppose import Scored, scored_at
from credit_risk.features import Matrix
from credit_risk.models.model import CreditModel
from credit_risk.records.clock import Moment

__all__ = ["MOST_TRIED", "Progress", "Recourse", "find_recourse"]

MOST_TRIED = 60
MANY = 20  # of more actions none is tried alone: first all, and all of one remedy
Progress = Callable[[int, int], None]  # sets tried so far, and at most


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
        With the chosen actions, or the best of all that was tried where nothing suffices.
    possible : list of (Action, points)
        Every action open to the enterprise with the points that it brings alone, most first; the points are None where
        there are too many actions to try each alone.
    smallest : bool
        No smaller set suffices. False where there were too many sets to try them all: then no action of the set can
        be left out.
    lawful_on : date or None
        First day on which all chosen actions may have taken effect.
    tried : int
        How many sets of actions were scored, the enterprise as it is not counted.

    """

    now: Scored
    chosen: list[Action] | None
    after: Scored
    possible: list[tuple[Action, float | None]]
    smallest: bool
    lawful_on: date | None
    tried: int


def find_recourse(
    matrix: Matrix, model: CreditModel, subject: str, t: Moment, progress: Progress | None = None
) -> Recourse:
    """Return the smallest set of lawful actions that brings an enterprise to the next better grade at t."""
    search = _Search(matrix, model, subject, t, progress or (lambda *_: None))
    actions = open_actions(matrix, subject, t)
    if len(actions) > MANY:
        return search.in_bulk(actions)
    search.at_most = min(1 << len(actions), MOST_TRIED + 2 * len(actions))
    now = search.scored(())
    alone = [(a, search.scored((a,)).score - now.score) for a in actions]
    alone.sort(key=lambda one: -one[1])
    possible: list[tuple[Action, float | None]] = [(action, points) for action, points in alone]
    helpful = [a for a, points in alone if points > 0]
    search.at_most = min(search.at_most, search.most(helpful))
    if not helpful or not search.better(search.scored(tuple(helpful)), now):
        return Recourse(now, None, search.best(), possible, True, None, search.tried)
    chosen, smallest = search.smallest(helpful, now)
    after, lawful_on = search.scored(chosen), max(a.lawful_on for a in chosen)
    return Recourse(now, list(chosen), after, possible, smallest, lawful_on, search.tried)


class _Search:
    """Scores sets of actions, each once."""

    def __init__(
        self, matrix: Matrix, model: CreditModel, subject: str, t: Moment, progress: Progress
    ) -> None:
        self.matrix, self.model, self.subject, self.t = matrix, model, subject, t
        self.progress = progress
        self.known: dict[frozenset[str], Scored] = {}
        self.explainer = Explainer(model, threads=1)
        self.at_most = 1

    @property
    def tried(self) -> int:
        """How many sets were scored, the empty one not counted."""
        return len(self.known) - 1

    def best(self) -> Scored:
        """Return the best of all that was scored, the first among equals."""
        return max(self.known.values(), key=lambda one: one.score)

    def most(self, helpful: Sequence[Action]) -> int:
        """Return how many sets are scored at most, now that each action was alone."""
        further = max(len(self.known) + 1, MOST_TRIED + len(helpful)) + len(helpful)
        return min(len(self.known) + (1 << len(helpful)), further)

    def scored(self, actions: Sequence[Action]) -> Scored:
        key = frozenset(f"{a.remedy}/{a.record_id}" for a in actions)
        if key not in self.known:
            supposed = together(a.supposed for a in actions)
            pool = self.matrix.records.pool
            seen = self.matrix.over(seen_with(pool, supposed)) if actions else self.matrix
            self.known[key] = scored_at(seen, self.model, self.subject, self.t, self.explainer)
            self.progress(len(self.known), self.at_most)
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

    def in_bulk(self, actions: list[Action]) -> Recourse:
        """Try all actions and all of each remedy; of the fewest that suffice leave out what can be left out."""
        parts = [[a for a in actions if a.remedy == remedy] for remedy in {a.remedy: 0 for a in actions}]
        self.at_most = len(parts) + 2 + _halvings(len(actions))
        now, possible = self.scored(()), [(action, None) for action in actions]
        enough: list[list[Action]] = [
            some for some in (actions, *parts) if self.better(self.scored(some), now)
        ]
        if not enough:
            return Recourse(now, None, self.best(), [*possible], True, None, self.tried)
        fewest = min(len(some) for some in enough)
        first = next(some for some in enough if len(some) == fewest)
        left = sorted(first, key=lambda a: a.lawful_on, reverse=True)
        self.at_most = len(self.known) + _halvings(len(left))
        for size in _sizes(len(left)):
            for part in [left[at : at + size] for at in range(0, len(left), size)]:
                without = [a for a in left if a not in part]
                if without and self.better(self.scored(without), now):
                    left = without
        lawful_on = max(a.lawful_on for a in left)
        return Recourse(now, left, self.scored(left), [*possible], False, lawful_on, self.tried)

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


def _sizes(number: int) -> list[int]:
    """Return by how many of so many actions are left out together: half of them first, at last one by one."""
    sizes = [number // 2]
    while sizes[-1] > 1:
        sizes.append(sizes[-1] // 2)
    return [size for size in sizes if size]


def _halvings(number: int) -> int:
    """Return how many sets are tried at most where parts of those sizes are left out."""
    return sum(-(-number // size) for size in _sizes(number))
