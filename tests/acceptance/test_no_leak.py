"""Nothing at time t knows what was received after t: not a feature, a score, a reason or a warning."""

from __future__ import annotations

import shutil
import tempfile
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import ibis.expr.types as ir
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.conftest import EARLIER, ROOT, copy_zone

from credit_risk.book import open_rules
from credit_risk.explain import Snapshot
from credit_risk.records.clock import Moment
from credit_risk.records.envelope import LIFE_TARGET
from credit_risk.records.store import Pool
from credit_risk.zone import Book

T = EARLIER
SUBJECTS = 40


@pytest.fixture(scope="module")
def before(book: Book) -> Snapshot:
    return _asked(book)


def _asked(book: Book) -> Snapshot:
    """Score a few enterprises as known at T; their neighbours come along."""
    from credit_risk.explain import score_as_of

    recipe, model = book.champion()
    scores = book.snapshots.read(book.snapshots.current() or "")
    subjects = sorted(scores.loc[scores["scorable"], "subject"])[:SUBJECTS]
    into = Path(tempfile.mkdtemp(dir=book.rules.var.parent))
    return score_as_of(book.matrix, model.credit, recipe, T, into, subjects)


def _late_rows(pool: Pool, kind: str, rng: np.random.Generator, number: int) -> pa.Table:
    """Return rows of a type received after T: copies of known rows with new dates, half of them corrections."""
    rows = pool.scan(kind).limit(4000).to_pandas()
    if rows.empty:
        return pool.schema(kind).empty_table()
    rows = rows.iloc[rng.integers(0, len(rows), number)].reset_index(drop=True)
    new = rng.random(number) < 0.5
    rows["record_id"] = [
        f"late-{kind}-{i}" if n else r for i, (n, r) in enumerate(zip(new, rows["record_id"], strict=True))
    ]
    rows["version"] = [f"late-{i}" for i in range(number)]
    first = datetime.fromisoformat(T) + timedelta(days=1)
    rows["received_at"] = [first + timedelta(hours=int(h)) for h in rng.integers(0, 20_000, number)]
    happened = [date.fromisoformat(T) - timedelta(days=int(d)) for d in rng.integers(-200, 700, number)]
    rows["event_date" if "event_date" in rows else "valid_from"] = happened
    if "valid_to" in rows:
        rows["valid_to"] = None
    if "usable_until" in rows:
        rows["usable_until"] = None
    for name in ("subject", "src", "dst"):
        if name in rows:
            rows[name] = rng.permutation(rows[name].to_numpy())
    if LIFE_TARGET in rows:
        known = pool.scan("admin_penalty").select("record_id").to_pandas()["record_id"]
        rows[LIFE_TARGET] = known.iloc[rng.integers(0, len(known), number)].to_numpy()
    return pa.Table.from_pandas(rows, pool.schema(kind), preserve_index=False)


def _add_late(book: Book, seed: int, kinds: list[str]) -> None:
    rng = np.random.default_rng(seed)
    for kind in kinds:
        book.pool.write(kind, f"late-{seed}", _late_rows(book.pool, kind, rng, 400))


def _differences(before: Snapshot, after: Snapshot) -> list[str]:
    found = []
    for name in ("indicators", "contributions", "scores", "reasons"):
        one, other = before.table(name).astype(str), after.table(name).astype(str)
        found += [f"{name}.{c}" for c in one.columns if not _equal(one[c], other[c])]
    return found


def _equal(one: pd.Series, other: pd.Series) -> bool:
    if len(one) != len(other):
        return False
    return bool(((one == other) | (one.isna() & other.isna())).all())


@settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_what_is_received_later_changes_nothing_at_t(
    data: Any, zone: Path, before: Snapshot, tmp_path_factory: pytest.TempPathFactory
) -> None:
    every = [*open_rules(ROOT).records, *open_rules(ROOT).relations]
    kinds = data.draw(st.lists(st.sampled_from(every), min_size=8, unique=True), label="kinds")
    seed = data.draw(st.integers(0, 10_000), label="seed")
    with pytest.MonkeyPatch.context() as patch:
        book = copy_zone(zone, tmp_path_factory.mktemp("late") / "var", patch)
        _add_late(book, seed, kinds)
        after = _asked(book)
        assert _differences(before, after) == []


def test_the_leak_test_fails_when_the_filter_on_received_at_is_gone(
    zone: Path, before: Snapshot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import ibis

    def unfiltered(rows: ir.Table, t: Moment) -> ir.Table:
        order = [ibis.desc(rows.received_at), ibis.desc(rows.version)]
        rank = ibis.row_number().over(ibis.window(group_by=rows.record_id, order_by=order))
        return rows.mutate(version_rank=rank).filter(lambda r: r.version_rank == 0).drop("version_rank")

    book = copy_zone(zone, tmp_path / "var", monkeypatch)
    _add_late(book, 1, [*book.rules.records, *book.rules.relations])
    shutil.rmtree(book.rules.var / "plans", ignore_errors=True)  # written with the filter
    monkeypatch.setattr("credit_risk.records.as_of.known_versions", unfiltered)
    monkeypatch.setattr("credit_risk.graph.as_of.known_versions", unfiltered)
    changed = _differences(before, _asked(book))
    assert any(name.startswith("indicators.") for name in changed)
    assert {"scores.pd", "reasons.record_id"} <= set(changed)


def test_warnings_at_t_do_not_know_what_came_later(
    zone: Path, book: Book, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    snapshot_id = book.snapshots.before("2026-04-01", book.champion()[1].credit.model_id)
    assert snapshot_id is not None
    tables = {n: book.snapshots.read(snapshot_id, n) for n in ("scores", "contributions", "indicators")}
    snapshot = Snapshot(snapshot_id, book.champion()[1].credit.model_id, **tables)
    clean = book.warn(T, snapshot).warnings
    late = copy_zone(zone, tmp_path / "var", monkeypatch)
    _add_late(late, 2, [*late.rules.records, *late.rules.relations])
    assert len(clean) > 0
    pd.testing.assert_frame_equal(late.warn(T, snapshot).warnings, clean)
