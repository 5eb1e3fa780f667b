"""The master scale: PD to points, to grades and to public classes, and how a grade is held.

Points are the log-odds on a line: 600 points at odds of 30 to 1 for good, 40 points double the odds, more is better.

A grade that was published stays while the PD lies within its band widened by ``margin`` on both sides (in log-odds);
beyond, the grade is the one whose band holds the PD. With BBB up to 5 % and a margin of 0.1 the border of BBB is passed
downwards at 5.5 % and upwards at 4.6 %: a PD that trembles around 5 % moves no grade.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from credit_risk.book.scale import GradeBand
from credit_risk.errors import InputError

__all__ = ["MasterScale"]

Vector = npt.NDArray[np.float64]
Ranks = npt.NDArray[np.int64]
ANCHOR, ODDS, DOUBLES = 600.0, 30.0, 40.0
FACTOR = DOUBLES / math.log(2)


@dataclass(frozen=True)
class MasterScale:
    """Grades from best to worst; a grade holds PDs up to and including its ``pd_max``.

    ``margin`` is in log-odds; ``shares`` are the spans in which the zone expects each grade's share of the scored.
    """

    grades: tuple[str, ...]
    pd_max: tuple[float, ...]
    public: tuple[str, ...]
    margin: float = 0.0
    shares: tuple[tuple[float, float] | None, ...] = ()

    @classmethod
    def of(cls, bands: Sequence[GradeBand], margin: float = 0.0) -> MasterScale:
        """Make a scale from the book's bands.

        Raises
        ------
        InputError
            The bands do not rise to 1, a public class gets better again, a span of shares is none, or the margin is
            not below half of the narrowest band, where a grade could be held against two neighbours.

        """
        limits = [b.pd_max for b in bands]
        if limits != sorted(set(limits)) or not limits or limits[-1] != 1.0:
            raise InputError(f"grades: expected pd_max rising to 1.0, came {limits}")
        publics = [b.public for b in bands]
        if publics != sorted(publics):
            raise InputError(f"grades: expected public classes never better again, came {publics}")
        for band in bands:
            if band.share and not 0 <= band.share[0] <= band.share[1] <= 1:
                raise InputError(
                    f"grade {band.grade}: expected share [from, to] within 0 and 1, came {band.share}"
                )
        scale = cls(
            tuple(b.grade for b in bands),
            tuple(limits),
            tuple(publics),
            margin,
            tuple(b.share for b in bands),
        )
        widths = np.diff(scale._borders()[1:-1])
        if len(widths) and margin >= widths.min() / 2:
            narrow = scale.grades[int(np.argmin(widths)) + 1]
            raise InputError(
                f"grading.margin: expected less than half of the narrowest band ({narrow}: {widths.min():.3f}),"
                f" came {margin}"
            )
        return scale

    def points(self, calibrated_log_odds: Vector) -> Vector:
        """Return points, shape as given; linear in the log-odds of going bad."""
        return np.asarray(ANCHOR - FACTOR * (calibrated_log_odds + math.log(ODDS)))

    def rank(self, pd: Vector) -> Ranks:
        """Return the index of each PD's grade, 0 best."""
        return np.searchsorted(np.array(self.pd_max), pd, side="left").astype(np.int64)

    def held(self, pd: Vector, before: Vector) -> Ranks:
        """Return the index of each grade, held where the one before still stands.

        Parameters
        ----------
        pd
            Shape (rows,), within 0 and 1.
        before
            Shape (rows,), the index of the grade last published; NaN where there is none.

        """
        own, known = self.rank(pd), ~np.isnan(before)
        last = np.where(known, before, 0).astype(np.int64)
        borders, at = self._borders(), _log_odds(pd)
        stays = known & (at > borders[last] - self.margin) & (at <= borders[last + 1] + self.margin)
        return np.where(stays, last, own)

    def grade(self, pd: Vector) -> npt.NDArray[np.object_]:
        """Return each PD's grade."""
        return self.named(self.rank(pd))

    def named(self, rank: Ranks) -> npt.NDArray[np.object_]:
        """Return the grades of these indices."""
        return np.array(self.grades, dtype=object)[rank]

    def public_class(self, pd: Vector) -> npt.NDArray[np.object_]:
        """Return each PD's public class A to D."""
        return self.public_of(self.rank(pd))

    def public_of(self, rank: Ranks) -> npt.NDArray[np.object_]:
        """Return the public class A to D of these indices: the crosswalk of the scale."""
        return np.array(self.public, dtype=object)[rank]

    def index(self, grades: Sequence[Any]) -> Vector:
        """Return the index of each grade by name; NaN where it is null or no grade of this scale."""
        places = {name: float(i) for i, name in enumerate(self.grades)}
        return np.array([places.get(g, np.nan) for g in grades], dtype=np.float64)

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON types."""
        return {
            "grades": self.grades,
            "pd_max": self.pd_max,
            "public": self.public,
            "margin": self.margin,
            "shares": self.shares,
        }

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> MasterScale:
        """Read what ``to_json`` wrote."""
        return cls(
            tuple(stored["grades"]),
            tuple(stored["pd_max"]),
            tuple(stored["public"]),
            stored.get("margin", 0.0),
            tuple(tuple(s) if s else None for s in stored.get("shares", ())),
        )

    def _borders(self) -> Vector:
        """Return the log-odds between which each grade lies, shape (grades + 1,), endless on both sides."""
        return np.concatenate([[-np.inf], _log_odds(np.array(self.pd_max[:-1])), [np.inf]])


def _log_odds(pd: Vector) -> Vector:
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(pd) - np.log1p(-pd))
