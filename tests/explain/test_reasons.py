"""Reasons in columns are those that a row at a time gives, and a batch that was killed goes on as if it had not been."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from tests.conftest import EARLIER
from tests.explain.slow_reasons import Reasoner as SlowReasoner

from credit_risk.explain import score_as_of
from credit_risk.explain.batch import Parts
from credit_risk.explain.content import content_hash
from credit_risk.explain.contributions import Contributions
from credit_risk.explain.reasons import Reasoner
from credit_risk.explain.snapshot import Snapshot
from credit_risk.explain.told import Words
from credit_risk.explain.wording import IndicatorWords, Wording
from credit_risk.zone import Book

POINTS = st.sampled_from([0.0, 0.04, -0.04, 0.06, -0.06, 1.25, -1.25, 3.5, -3.5, 12.345, -12.345])


def _wording(names: tuple[str, ...], trees: list[str]) -> Wording:
    words = {
        n: IndicatorWords(
            {"zh": f"指标{n}", "en": n}, {"zh": "{value}，{peer:.0%}", "en": "{value}, {peer:.0%}"}, tree,
            "category" if i % 4 == 3 else "number", "increases", {"x": {"zh": "甲", "en": "X"}}, None, "b",
        )
        for i, (n, tree) in enumerate(zip(names, trees, strict=True))
    }  # fmt: skip
    return Wording(words, {tree: {"zh": tree, "en": tree} for tree in set(trees)})


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_reasons_in_columns_are_those_of_one_row_at_a_time(data: Any) -> None:
    width, rows = data.draw(st.integers(1, 14)), data.draw(st.integers(0, 6))
    names = tuple(f"i{n}" for n in range(width))
    trees = data.draw(st.lists(st.sampled_from([f"t/{n}" for n in range(9)]), min_size=width, max_size=width))
    points = np.array([data.draw(POINTS) for _ in range(rows * width)]).reshape(rows, width)
    sums = pd.DataFrame(points, columns=pd.Index(names)).T.groupby(trees).sum().to_numpy()
    assume(not (np.abs(np.abs(sums) - 0.05) < 1e-9).any())  # half a tenth: the old way told it as nothing
    wording = _wording(names, trees)
    values = pd.DataFrame(
        {
            n: pd.Series(
                data.draw(st.lists(st.sampled_from(["x", "y", None]), min_size=rows, max_size=rows)),
                dtype=object,
            )
            if wording.indicators[n].kind == "category"
            else np.array(
                data.draw(st.lists(st.sampled_from([0.0, 2.5, float("nan")]), min_size=rows, max_size=rows))
            )
            for n in names
        }
    )
    peers = np.where(points > 1, 0.25, np.nan)
    told = Contributions(names, points, 500.04, np.full(rows, 0.3), 500.34 + points.sum(axis=1))
    ranked = Reasoner(wording, names).rank(told, values, peers)
    slow = SlowReasoner(wording, names).word(told, values, pd.DataFrame(peers, columns=list(names)))
    words = Words(list(names), sorted(set(trees)), [], wording)
    fast = [words.tell({**row, "subject": "s"}) for row in ranked.reasons.to_pylist()]
    for reasons in fast:
        for reason in reasons:
            assert reason.pop("transmitted") is False
            assert all(shown.pop("evidence") == [] for shown in reason["indicators"])
            assert not any(shown.pop("transmitted") for shown in reason["indicators"])
    assert fast == [one.reasons for one in slow]
    assert ranked.score.tolist() == [one.score for one in slow]
    assert ranked.other.tolist() == [one.other for one in slow]
    for row, reasons in zip(ranked.reasons.to_pylist(), fast, strict=True):
        faults = [r["indicators"][0]["says"] for r in reasons if r["points"] < 0][:3]
        assert row["top_zh"] == [said["zh"] for said in faults]
        assert row["top_en"] == [said["en"] for said in faults]


class _Killed(Exception):
    """The machine went down."""


def _scored(book: Book, into: Path, stop_at: int | None = None, part: int = 70) -> Snapshot:
    recipe, model = book.champion()
    calls = 0

    def progress(what: str, done: int, of: int) -> None:
        nonlocal calls
        calls += 1
        if calls == stop_at:
            raise _Killed

    known = book.snapshots.read(book.snapshots.current() or "")["subject"].tolist()[:180]
    return score_as_of(
        book.matrix, model.credit, recipe, EARLIER, into, known, progress, book.beside(recipe), part=part
    )


@pytest.fixture(scope="module")
def whole(book: Book, tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    """A run in three parts that nothing stopped."""
    return _scored(book, tmp_path_factory.mktemp("whole"))


def _files(snapshot: Snapshot) -> dict[str, bytes]:
    folder = snapshot.folder
    assert folder is not None
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_a_killed_run_continues_and_leaves_the_same_bytes(
    book: Book, whole: Snapshot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(_Killed):
        _scored(book, tmp_path, stop_at=5)  # one part of the reasons is there
    [draft] = tmp_path.iterdir()
    assert draft.name.startswith("."), "nothing is seen before all is there"
    entered = json.loads((draft / "manifest.json").read_text())["parts"]
    assert set(entered) == {str(p.relative_to(draft)) for p in draft.rglob("part-*.parquet")}
    assert "scores.parquet/part-00000.parquet" in entered
    written: list[str] = []
    write = Parts.write

    def counted(self: Parts, name: str, part: int, table: pa.Table, rows: int) -> None:
        written.append(f"{name}.parquet/part-{part:05}.parquet")
        write(self, name, part, table, rows)

    monkeypatch.setattr(Parts, "write", counted)
    continued = _scored(book, tmp_path)
    assert written and not set(written) & set(entered), "what was done is not done again"
    assert continued.id == whole.id and _files(continued) == _files(whole)


def test_how_a_run_is_cut_changes_neither_scores_nor_id(book: Book, whole: Snapshot, tmp_path: Path) -> None:
    other = _scored(book, tmp_path, part=1000)
    assert other.id == whole.id
    for name in ("scores", "reasons", "contributions", "indicators"):
        pd.testing.assert_frame_equal(other.table(name), whole.table(name))


def test_a_torn_part_is_made_again(book: Book, tmp_path: Path) -> None:
    parts = Parts(tmp_path, "k")
    parts.write("t", 0, pa.table({"x": [1, 2]}), 10)
    assert Parts(tmp_path, "k").has("t", 0) and not Parts(tmp_path, "k").has("t", 1)
    parts.file("t", 0).write_bytes(parts.file("t", 0).read_bytes()[:-1])
    assert not Parts(tmp_path, "k").has("t", 0)


ROWS = [
    {"s": "甲", "n": 1.5, "k": 3, "b": True, "l": [1, 2], "w": ["x", None], "t": 5},
    {"s": None, "n": None, "k": None, "b": None, "l": None, "w": [], "t": None},
    {"s": "", "n": 0.0, "k": 0, "b": False, "l": [], "w": [""], "t": 0},
]  # fmt: skip
SCHEMA = pa.schema(
    [("s", pa.string()), ("n", pa.float64()), ("k", pa.int64()), ("b", pa.bool_()), ("l", pa.list_(pa.int16())),
     ("w", pa.list_(pa.string())), ("t", pa.timestamp("us"))]
)  # fmt: skip


def test_a_content_hash_tells_every_change_and_no_cut() -> None:
    table = pa.Table.from_pylist(ROWS * 3, SCHEMA)
    whole = content_hash([table])
    assert content_hash([table.slice(0, 2), table.slice(2, 1), table.slice(3)]) == whole
    assert content_hash([pa.concat_tables([table.slice(0, 4), table.slice(4)])]) == whole
    seen = {
        whole,
        content_hash([table.slice(1)]),
        content_hash([table.rename_columns(["q", *SCHEMA.names[1:]])]),
    }
    for place in range(3):
        for name in SCHEMA.names:
            for other in (r[name] for r in ROWS if r[name] != ROWS[place][name]):
                changed = [dict(row) for row in ROWS * 3]
                changed[place][name] = other
                seen.add(content_hash([pa.Table.from_pylist(changed, SCHEMA)]))
    assert len(seen) == 3 + 3 * len(SCHEMA.names) * 2
