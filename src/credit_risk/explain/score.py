"""Score and explain everybody as known at t, part by part.

Three passes over parts of ``PART`` enterprises, sorted by code: the indicators and who is scorable; the place of every
value among its peers, one indicator at a time; scores, reasons and records. Memory grows with the part and with one
column, not with the zone. A killed run goes on where it stopped (``batch.py``).
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from credit_risk.book.recipe import Recipe
from credit_risk.explain.batch import Parts
from credit_risk.explain.beside import Beside
from credit_risk.explain.content import content_hash
from credit_risk.explain.contributions import Explainer
from credit_risk.explain.evidence import Evidence
from credit_risk.explain.graded import Held, add_grades, data_depth, depth_names
from credit_risk.explain.peers import Groups, shares, twice_ranks
from credit_risk.explain.population import indicators_of, peer_groups_of
from credit_risk.explain.reasons import Reasoner
from credit_risk.explain.records import with_records
from credit_risk.explain.schema import REASONS_SCHEMA, SCORES_SCHEMA
from credit_risk.explain.snapshot import Snapshot
from credit_risk.explain.told import Words
from credit_risk.explain.wording import Wording
from credit_risk.features import Matrix
from credit_risk.features.definitions import check_definitions
from credit_risk.features.hashes import code_hash, environment, text_hash
from credit_risk.models.model import CreditModel
from credit_risk.records import View, day_of, moment
from credit_risk.records.clock import Moment
from credit_risk.records.store import atomic_path

__all__ = ["PART", "Scoring", "score_as_of"]

Progress = Callable[[str, int, int], None]
Ranks = npt.NDArray[np.int32]
PART = 50_000  # enterprises
COLUMNS = 16  # indicators read at a time for the peers
ROWS_LOOKED_UP = 4096  # of a row group in tables from which single rows are read


def score_as_of(
    matrix: Matrix,
    model: CreditModel,
    recipe: Recipe,
    t: Moment,
    into: Path,
    subjects: Sequence[str] | None = None,
    progress: Progress | None = None,
    beside: Beside | None = None,
    evidence: bool = True,
    held: Held | None = None,
    part: int = PART,
) -> Snapshot:
    """Score and explain everybody (or ``subjects``) as known at t and store the snapshot below ``into``.

    ``beside`` are the models of heads and terms. Grades are held against ``held``, the grades last published
    (``Snapshots.grades_before``). Without ``evidence`` the reasons name no records: enough to compare
    with, not to be published. ``part`` is the number of enterprises worked on at a time.

    Peer percentiles are taken among the enterprises scored here, so explain a single enterprise from a published
    snapshot, not from a snapshot of one. An enterprise outside the recipe's population is not scorable, and the
    row says why; it is never given a default.
    """
    check_definitions(model.definitions, matrix.catalogue)
    if subjects is None:
        known = matrix.records.known(recipe.observations.subjects or "registration", t)
        subjects = known.select("subject").distinct().to_pandas()["subject"].tolist()
    everybody = sorted(set(subjects), key=str.encode)
    run = Scoring(
        matrix,
        model,
        recipe,
        t,
        everybody,
        beside or Beside(),
        evidence,
        part,
        into,
        progress or (lambda *_: None),
        held,
    )
    run.indicators()
    run.reasons()
    return run.finish()


@dataclass
class Scoring:
    """One run over all parts; every step skips what the manifest says is done."""

    matrix: Matrix
    model: CreditModel
    recipe: Recipe
    t: Moment
    everybody: list[str]
    beside: Beside
    evidence: bool
    size: int
    into: Path
    report: Progress
    held: Held | None = None
    more: list[str] = field(default_factory=list)

    @cached_property
    def parts(self) -> Parts:
        """The working folder, named by all that the snapshot depends on."""
        return Parts(self.into, text_hash(self._depends_on())[:24])

    @property
    def numbers(self) -> range:
        """Numbers of the parts; one even where there is nobody."""
        return range(max(1, -(-len(self.everybody) // self.size)))

    @cached_property
    def words(self) -> Words:
        """What the codes in the reasons stand for."""
        catalogue = self.matrix.catalogue
        reasoner = self.reasoner
        kinds = [*catalogue.rules.records, *catalogue.rules.relations]
        return Words(list(reasoner.names), reasoner.groups, kinds, reasoner.wording)

    @cached_property
    def reasoner(self) -> Reasoner:
        """Ranks contributions in the words of the book."""
        return Reasoner(Wording.of(self.matrix.catalogue, self.model.names), self.model.names)

    # ---- first pass: indicators, population, peer groups -------------------------------------------------

    def indicators(self) -> None:
        """Write the indicators of every part and who of it is scorable."""
        self.more = [*self.beside.names, *depth_names(self.matrix.catalogue)]
        for number in self.numbers:
            self.report("indicators", number, 3 * len(self.numbers))
            if self.parts.has("indicators", number) and self.parts.has("population", number):
                continue
            table = indicators_of(
                self.matrix, self.model, self.recipe, self.t, self._subjects(number), self.more
            )
            scorable = table.column("_eligible")
            table = table.drop_columns("_eligible")
            population = {
                "subject": table["subject"],
                "scorable": scorable,
                "peer_group": self._groups(table),
            }
            self.parts.write("indicators", number, table, self.size)
            self.parts.write("population", number, pa.table(population), self.size)

    def _subjects(self, number: int) -> list[str]:
        return self.everybody[number * self.size : (number + 1) * self.size]

    def _groups(self, table: pa.Table) -> pa.Array:
        groups = self._every_group
        subjects = table["subject"].to_pandas()
        return pa.array(groups.reindex(subjects).to_numpy(object), pa.string())

    @cached_property
    def _every_group(self) -> pd.Series:
        return peer_groups_of(self.matrix, self.everybody, self.t)

    # ---- second pass: ranks among peers ------------------------------------------------------------------

    @cached_property
    def numeric(self) -> list[str]:
        """Inputs that have a place among peers."""
        return [n for n in self.model.names if n not in self.model.encoder.categories]

    @cached_property
    def population(self) -> list[pa.Table]:
        """Who is scorable, part by part."""
        return [self.parts.read("population", number) for number in self.numbers]

    @cached_property
    def starts(self) -> npt.NDArray[np.int64]:
        """Number of scorable enterprises before each part, and all of them."""
        return np.cumsum([0, *(_mask(p).sum() for p in self.population)])

    @cached_property
    def groups(self) -> Groups:
        """The peer groups of the scorable."""
        names = [p["peer_group"].to_numpy()[_mask(p)] for p in self.population]
        return Groups.of(np.concatenate(names))

    @cached_property
    def ranks(self) -> tuple[Path, Ranks]:
        """File of twice the ranks, one column of all scorable rows after another, and the known values by group."""
        path, counts = self.parts.folder / "ranks.bin", []
        with path.open("wb") as file:
            for names in _some(self.numeric, COLUMNS):
                read = [self.parts.read("indicators", number, names) for number in self.numbers]
                for name in names:
                    values = np.concatenate(
                        [_numbers(t[name])[_mask(p)] for t, p in zip(read, self.population, strict=True)]
                    )
                    twice_ranks(values, self.groups).tofile(file)
                    counts.append(self.groups.counts(values))
        return path, np.array(counts, np.int32).reshape(len(self.numeric), -1)

    def _peers(self, number: int) -> npt.NDArray[np.float64]:
        """Return the shares of peers below, shape (scorable rows of the part, names), NaN for categories."""
        first, last = (int(n) for n in self.starts[number : number + 2])
        path, counts = self.ranks
        result = np.full((last - first, len(self.model.names)), np.nan)
        code = self.groups.code[first:last]
        for column, name in enumerate(self.numeric):
            offset = 4 * (column * int(self.starts[-1]) + first)
            ranks = np.fromfile(path, np.int32, last - first, offset=offset)
            result[:, self.model.names.index(name)] = shares(ranks, counts[column][code])
        return result

    # ---- third pass: scores and reasons ------------------------------------------------------------------

    def reasons(self) -> None:
        """Write scores, reasons and contributions of every part."""
        with Evidence(self.matrix, self.t) as records:
            for number in self.numbers:
                self.report("reasons", len(self.numbers) + 2 * number, 3 * len(self.numbers))
                if not all(self.parts.has(n, number) for n in ("contributions", "reasons", "scores")):
                    self._explain(records, number)

    @cached_property
    def explainer(self) -> Explainer:
        """Explains the scores of the model."""
        return Explainer(self.model)

    def _explain(self, records: Evidence, number: int) -> None:
        everyone, population = self.parts.read("indicators", number), self.population[number]
        scored = everyone.filter(population["scorable"])
        rows = scored.to_pandas()
        explained = self.explainer.explain(rows)
        ranked = self.reasoner.rank(explained, rows, self._peers(number))
        reasons = ranked.reasons
        if self.evidence:
            reasons = with_records(reasons, ranked, scored["subject"], self.words, records)
        results = add_grades(self.model.score(rows), rows["subject"], self.model.scale, self.held)
        terms, heads = self.beside.told(rows, results["pd"].to_numpy(np.float64))
        columns = {n: pa.array(results[n], SCORES_SCHEMA.field(n).type, from_pandas=True) for n in results.columns} | {
            **self._apart(explained.points),
            "pd_terms": pa.array(terms, pa.string()), "pd_heads": pa.array(heads, pa.string()),
            "shown_score": pa.array(ranked.score), "other_points": pa.array(ranked.other),
            "base_points": pa.array(np.full(len(rows), ranked.base)),
        }  # fmt: skip
        points = {n: explained.points[:, i].astype(np.float32) for i, n in enumerate(explained.names)}
        self.parts.write(
            "contributions", number, pa.table({"subject": scored["subject"], **points}), self.size
        )
        mask = _mask(population)
        told = _spread(reasons, mask).add_column(0, "subject", everyone["subject"]).cast(REASONS_SCHEMA)
        self.parts.write("reasons", number, told, ROWS_LOOKED_UP)
        table = self._table(everyone, population, _spread(pa.table(columns), mask))
        self.parts.write("scores", number, table, ROWS_LOOKED_UP)

    def _table(self, everyone: pa.Table, population: pa.Table, results: pa.Table) -> pa.Table:
        """Return the scores of one part by ``SCORES_SCHEMA``."""
        rows, mask, outside = len(everyone), _mask(population), _outside(self.recipe)
        known = {
            "subject": everyone["subject"],
            "as_of": pa.array([moment(self.t)] * rows, pa.timestamp("us")),
            "model_id": pa.array([self.model.model_id] * rows, pa.string()),
            "scorable": population["scorable"],
            "why_not": pa.array([None if inside else outside for inside in mask], pa.string()),
            "peer_group": population["peer_group"],
            "data_depth": pa.array(self._depth(everyone), pa.string()),
            "unseen_category": pa.array(_unseen(self.model, everyone), pa.string()),
        }
        columns = known | {n: results[n] for n in results.column_names}
        return pa.table({f.name: columns[f.name] for f in SCORES_SCHEMA}).cast(SCORES_SCHEMA)

    def _apart(self, points: npt.NDArray[np.float64]) -> dict[str, pa.Array]:
        """Return the points of the enterprises' own indicators and of those that speak of neighbours."""
        words = self.reasoner.wording.indicators
        over = np.array([words[n].transmitted for n in self.model.names], dtype=bool)
        return {
            "own_points": pa.array(_row_sums(points[:, ~over])),
            "transmitted_points": pa.array(_row_sums(points[:, over])),
        }

    def _depth(self, everyone: pa.Table) -> npt.NDArray[np.object_]:
        rules = self.matrix.catalogue.rules
        return data_depth(rules, everyone.select(depth_names(self.matrix.catalogue)).to_pandas(), self.t)

    # ---- end ---------------------------------------------------------------------------------------------

    def finish(self) -> Snapshot:
        """Hash what was found, give the snapshot its id and its place."""
        digest = content_hash(self._rows())
        name = f"{day_of(self.t)}-{self.model.model_id}-{digest[:8]}"
        with atomic_path(self.parts.folder / "words.json") as draft:
            draft.write_text(
                json.dumps(self.words.to_json(), ensure_ascii=False, sort_keys=True), encoding="utf-8"
            )
        (self.parts.folder / "ranks.bin").unlink(missing_ok=True)
        self.parts.drop("population")
        self.parts.finish(self.into / name)
        self.report("", 3 * len(self.numbers), 3 * len(self.numbers))
        return Snapshot(name, self.model.model_id, folder=self.into / name)

    def _rows(self) -> Iterator[pa.Table]:
        for number in self.numbers:
            table = self.parts.read("scores", number)
            reasons = self.parts.read("reasons", number)
            for name in reasons.column_names[1:]:
                table = table.append_column(name, reasons[name])
            yield table

    def _depends_on(self) -> list[object]:
        pool = self.matrix.records.pool
        seen = str(uuid.uuid4()) if isinstance(pool, View) else pool.state_hash()
        models = [self.model, *self.beside.terms.values(), *self.beside.heads.values()]
        return [
            seen, self.matrix.catalogue.hash, code_hash(), environment(), self.recipe.model_dump(mode="json"),
            [m.model_id or [b.model_to_string() for b in m.boosters] for m in models],
            str(moment(self.t)), text_hash(self.everybody), self.evidence, self.size,
            self.held.snapshot if self.held else None,
        ]  # fmt: skip


def _outside(recipe: Recipe) -> str:
    who = recipe.observations.population
    if who:
        return f"不属于评分范围（{who.zh}） · not among {who.en}"
    return f"outside the population of {recipe.recipe}: {recipe.observations.eligible}"


def _unseen(model: CreditModel, values: pa.Table) -> list[str | None]:
    flags: list[list[str]] = [[] for _ in range(len(values))]
    for name, known in model.encoder.categories.items():
        column = values[name].to_pandas()
        for position in np.flatnonzero(column.notna() & ~column.isin(known)):
            flags[int(position)].append(name)
    return [",".join(names) or None for names in flags]


def _spread(table: pa.Table, mask: npt.NDArray[np.bool_]) -> pa.Table:
    """Return the rows of ``table`` where ``mask`` is true and nulls elsewhere."""
    place = np.cumsum(mask) - 1
    return table.take(pa.array(place, pa.int64(), mask=~mask))


def _mask(population: pa.Table) -> npt.NDArray[np.bool_]:
    return np.asarray(population["scorable"].to_numpy(), dtype=bool)


def _numbers(column: pa.ChunkedArray) -> npt.NDArray[np.float64]:
    return np.asarray(column.to_numpy(), dtype=np.float64)


def _some(names: Sequence[str], most: int) -> Iterator[list[str]]:
    for start in range(0, len(names), most):
        yield list(names[start : start + most])


def _row_sums(points: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return the sums of rows, added in the same order however many rows there are."""
    result: npt.NDArray[np.float64] = np.ascontiguousarray(points).sum(axis=1)
    return result
