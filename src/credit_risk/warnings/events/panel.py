"""The monthly panel: whoever a recipe would score at each month end, with its indicators as known then.

One Parquet file a month in a folder named after all that determines it, so a killed build continues where it stopped.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

import pandas as pd
import pyarrow.parquet as pq
from joblib import delayed

from credit_risk.book.recipe import Recipe
from credit_risk.book.schema import OutcomeRule
from credit_risk.features import Matrix
from credit_risk.features.at_once import at_once
from credit_risk.features.eligible import kept_by
from credit_risk.features.hashes import text_hash
from credit_risk.features.language import parse
from credit_risk.features.to_ibis import compile_expression
from credit_risk.records.clock import Moment
from credit_risk.records.store import atomic_path

__all__ = ["Panel", "build_panel", "first_exits"]

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Panel:
    """Rows (``subject``, ``as_of`` as a date, indicators), sorted by both; only eligible ones."""

    rows: pd.DataFrame
    names: list[str]

    def month(self, t: date) -> pd.DataFrame:
        """Return the rows of one month end."""
        return self.rows[self.rows["as_of"] == t].reset_index(drop=True)


def build_panel(
    matrix: Matrix,
    recipe: Recipe,
    days: Sequence[date],
    names: Sequence[str],
    progress: Progress | None = None,
) -> Panel:
    """Return the panel of a recipe's population at ``days``; each row knows what was received by then.

    Eligibility is asked first, so that indicators are computed only for those that stand in the panel.
    """
    names = list(names)
    key = text_hash(
        [
            matrix.records.pool.state_hash(),
            matrix.catalogue.hash,
            names,
            recipe.observations.model_dump_json(),
        ]
    )
    folder = matrix.catalogue.rules.var / "panels" / key[:24]
    paths = {t: folder / f"{t}.parquet" for t in days}
    known = {t: _known(matrix, recipe, t) for t, path in paths.items() if not path.exists()}

    def month(t: date) -> pd.DataFrame:
        if t in known:
            table = matrix.build(_eligible(matrix, recipe, known[t], t), t, names)
            with atomic_path(paths[t]) as draft:
                pq.write_table(table, draft, compression="zstd")
        return pq.read_table(paths[t]).to_pandas().assign(as_of=t)

    frames: list[pd.DataFrame] = []
    for frame in at_once(delayed(month)(t) for t in days):
        frames.append(frame)
        if progress:
            progress(str(days[len(frames) - 1]), len(frames), len(days))
    return Panel(pd.concat(frames, ignore_index=True), names)


def _known(matrix: Matrix, recipe: Recipe, t: date) -> list[str]:
    known = matrix.records.known(recipe.observations.subjects or "registration", t)
    subjects: list[str] = known.select("subject").distinct().to_pandas()["subject"].tolist()
    return subjects


def _eligible(matrix: Matrix, recipe: Recipe, known: list[str], t: date) -> list[str]:
    if recipe.observations.eligible is None:
        return known
    condition = parse(recipe.observations.eligible)
    table = matrix.build(known, t, sorted(condition.names))
    subjects: list[str] = kept_by(condition, table, t)["subject"].to_pylist()
    return subjects


def first_exits(matrix: Matrix, rules: Sequence[OutcomeRule], known_at: Moment) -> pd.DataFrame:
    """Return ``subject`` and ``day`` of the first exit of each, as received and known at ``known_at``."""
    parts = []
    for rule in rules:
        rows = matrix.records.known(rule.from_, known_at)
        if rule.where:
            rows = rows.filter(
                compile_expression(parse(rule.where), {c: rows[c] for c in rows.columns}, known_at)
            )
        parts.append(rows.select(subject=rows.subject, day=rows.received_at.date()).to_pandas())
    if not parts:
        return pd.DataFrame({"subject": pd.Series(dtype=object), "day": pd.Series(dtype="datetime64[ns]")})
    return pd.concat(parts).groupby("subject", as_index=False)["day"].min()
