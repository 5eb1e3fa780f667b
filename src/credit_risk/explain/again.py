"""Score a few enterprises again as known at a later t, between two nights: the code of the batch for a handful.

Everything is what ``score_as_of`` would say at t, bit by bit, but for two things that speak of the others: the peer
group is the published one, and the place among peers is told against the values of the published snapshot.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from credit_risk.book.recipe import Recipe
from credit_risk.explain.batch import Parts
from credit_risk.explain.beside import Beside
from credit_risk.explain.contributions import Explainer
from credit_risk.explain.graded import Held
from credit_risk.explain.score import Scoring
from credit_risk.explain.snapshot import LISTS, Snapshot
from credit_risk.features import Matrix
from credit_risk.models.model import CreditModel
from credit_risk.records.clock import Moment

__all__ = ["Again", "Peers", "score_again"]

Shares = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Peers:
    """Who is in which peer group of a snapshot, and the values of its scorable members by group."""

    group_of: pd.Series
    values: Mapping[str, pd.DataFrame]

    @classmethod
    def of(cls, snapshot: Snapshot, names: Sequence[str]) -> Peers:
        """Read the peers of a snapshot; ``names`` are the numeric inputs of its model."""
        scores = snapshot.scores.set_index("subject")
        scorable = scores.index[scores["scorable"].astype(bool)]
        table = snapshot.values(names).set_index("subject").reindex(scorable)[list(names)].astype(float)
        groups = scores.loc[scorable, "peer_group"]
        return cls(scores["peer_group"], {str(name): rows for name, rows in table.groupby(groups)})

    def share(self, subject: str, group: str, row: Shares) -> Shares:
        """Return the share of the others of a group below each value, ties counted half; NaN where nothing is known."""
        if group not in self.values:
            return np.full(len(row), np.nan)
        table = self.values[group]
        counts = [told.sum(axis=0) for told in _against(table.to_numpy(), row)]
        if subject in table.index:  # a copy of the others for each would take most of the time
            own = _against(table.loc[[subject]].to_numpy(), row)
            counts = [of_all - told[0] for of_all, told in zip(counts, own, strict=True)]
        below, same, known = counts
        with np.errstate(divide="ignore", invalid="ignore"):
            share = (below + same / 2) / known
        return np.where(np.isnan(row), np.nan, share)


def _against(values: Shares, row: Shares) -> tuple[npt.NDArray[np.bool_], ...]:
    """Return which values are below those of a row, the same, and known."""
    return values < row, values == row, ~np.isnan(values)


@dataclass(frozen=True)
class Again:
    """A few rows anew: the told rows by subject, and the tables that warnings are raised from."""

    rows: dict[str, dict[str, Any]]
    scores: pd.DataFrame
    indicators: pd.DataFrame


def score_again(
    matrix: Matrix,
    model: CreditModel,
    recipe: Recipe,
    t: Moment,
    subjects: Iterable[str],
    peers: Peers,
    beside: Beside,
    held: Held | None,
    explainer: Explainer | None = None,
) -> Again:
    """Return the scores of ``subjects`` as known at t, explained; ``t`` is not before that of the peers' snapshot.

    ``explainer`` is that of the model, where it is made already.
    """
    everybody = sorted(set(subjects), key=str.encode)
    run = _Few(
        matrix, model, recipe, t, everybody, beside, True, len(everybody), Path(), _silent, held, peers=peers
    )  # fmt: skip
    if explainer is not None:
        run.explainer = explainer
    run.indicators()
    run.reasons()
    scores, indicators = run.parts.read("scores", 0), run.parts.read("indicators", 0)
    whole = scores
    for name in LISTS:
        whole = whole.append_column(name, run.parts.read("reasons", 0, [name])[name])
    told = {}
    for row in whole.to_pylist():
        plain = {name: value for name, value in row.items() if name not in LISTS}
        told[row["subject"]] = plain | {"reasons": run.words.tell(row)}
    return Again(told, scores.to_pandas(), indicators.to_pandas())


@dataclass
class _Few(Scoring):
    """A run over one part whose peers are given."""

    peers: Peers = field(default_factory=lambda: Peers(pd.Series(dtype=object), {}))

    @cached_property
    def parts(self) -> Parts:
        """Nothing is resumed, so nothing is written."""
        return _InMemory()

    @cached_property
    def _every_group(self) -> pd.Series:
        return self.peers.group_of.reindex(self.everybody).fillna("all").astype(object)

    def _peers(self, number: int) -> Shares:
        population = self.population[number]
        scored = population.filter(population["scorable"])
        table = self.parts.read("indicators", number).filter(population["scorable"]).to_pandas()
        values = table[self.numeric].to_numpy(float)
        result = np.full((len(table), len(self.model.names)), np.nan)
        at = [self.model.names.index(name) for name in self.numeric]
        pairs = zip(scored["subject"].to_pylist(), scored["peer_group"].to_pylist(), strict=True)
        for place, (subject, group) in enumerate(pairs):
            result[place, at] = self.peers.share(subject, str(group), values[place])
        return result


class _InMemory(Parts):
    """Parts that are only kept until they are read."""

    def __init__(self) -> None:
        self.tables: dict[tuple[str, int], pa.Table] = {}

    def has(self, name: str, part: int) -> bool:
        return (name, part) in self.tables

    def write(self, name: str, part: int, table: pa.Table, rows_a_group: int) -> None:
        self.tables[name, part] = table

    def read(self, name: str, part: int, columns: list[str] | None = None) -> pa.Table:
        table = self.tables[name, part]
        return table if columns is None else table.select(columns)


def _silent(*_: object) -> None:
    return None
