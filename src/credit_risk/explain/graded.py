"""What a published score says beside its PD: the grade as it is held, its public class, and how much is known.

A grade is held against the last published one (``MasterScale.held``), so it does not flap while a PD trembles around a
border. Every row keeps all that its grade was made of: the grade of the PD alone and the grade before.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from credit_risk.book import Rules
from credit_risk.errors import InputError, nearest
from credit_risk.features import Catalogue
from credit_risk.features.classed import classed, names_in
from credit_risk.features.language import parse
from credit_risk.models.scale import MasterScale
from credit_risk.records.clock import Moment

__all__ = ["Held", "add_grades", "check_depths", "data_depth", "depth_names"]


@dataclass(frozen=True)
class Held:
    """The grades last published: the snapshot's id, and ``grade`` by subject."""

    snapshot: str
    grades: pd.Series

    @classmethod
    def of(cls, snapshot: str, scores: pd.DataFrame) -> Held:
        """Take the grades of a stored score table; who had none is left out."""
        known = scores.dropna(subset=["grade"])
        return cls(snapshot, known.set_index("subject")["grade"])


def add_grades(
    results: pd.DataFrame, subjects: pd.Series, scale: MasterScale, held: Held | None
) -> pd.DataFrame:
    """Return what a model said (``CreditModel.score``) with grades held.

    ``grade``, ``grade_rank`` and ``public_class`` are as held; ``pd_grade`` is the grade of the PD alone,
    ``grade_before`` the one last published and ``held_from`` its snapshot, null where there was none.
    """
    table = results.assign(pd_grade=results["grade"], grade_before=None, held_from=None)
    if held is None:
        return table
    before = subjects.map(held.grades).astype(object)
    ranks = scale.index(before)
    rank = scale.held(table["pd"].to_numpy(np.float64), ranks)
    known = ~np.isnan(ranks)
    return table.assign(
        grade=scale.named(rank),
        grade_rank=rank,
        public_class=scale.public_of(rank),
        grade_before=before.where(known, None),
        held_from=pd.Series([held.snapshot if one else None for one in known], table.index, dtype=object),
    )


def depth_names(catalogue: Catalogue) -> list[str]:
    """Return the indicators that the book's classes of data depth ask for."""
    return names_in({depth: band.when for depth, band in catalogue.rules.depths.items()})


def data_depth(rules: Rules, values: pd.DataFrame, t: Moment) -> npt.NDArray[np.object_]:
    """Return each row's class of data depth, A to G; None where the book knows none or none holds.

    A condition over an indicator that is null does not hold.
    """
    return classed(values, {depth: band.when for depth, band in rules.depths.items()}, t)


def check_depths(rules: Rules) -> None:
    """Raise BookError at the first class of data depth whose condition is none, or that nobody can reach."""
    bands = list(rules.depths.items())
    for position, (name, band) in enumerate(bands):
        place, last = rules.places[("depths", name)], position == len(bands) - 1
        if (band.when is None) != last:
            raise place.error("when", "nothing in the last class, a condition in every other", band.when)
        if band.when is None:
            continue
        try:
            wanted = parse(band.when).names
        except InputError as problem:
            raise place.error("when", "a condition over indicators", problem.message, problem.hint) from None
        for unknown in sorted(wanted - set(rules.indicators)):
            raise place.error("when", "an indicator", unknown, nearest(unknown, rules.indicators))
