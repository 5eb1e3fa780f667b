"""Published rows, read one by one, are those of the table."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from credit_risk.explain import Snapshots
from credit_risk.explain.served import Served, write_served
from credit_risk.zone import Book


@settings(max_examples=40, deadline=None)
@given(
    st.sets(
        st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1, max_size=6), max_size=40
    ),
    st.text(min_size=1, max_size=6),
)
def test_every_row_is_found_and_no_other(
    tmp_path_factory: pytest.TempPathFactory, subjects: set[str], other: str
) -> None:
    folder = tmp_path_factory.mktemp("served")
    ordered = sorted(subjects, key=str.encode)
    table = pa.table(
        {"subject": pa.array(ordered, pa.string()), "score": pa.array(np.arange(len(ordered)), pa.float64())}
    )
    write_served([table.slice(0, 9), table.slice(9)], table.schema, folder / "served.arrow")
    served = Served(folder / "served.arrow")
    assert [served.row(s) for s in ordered] == table.to_pylist()
    if other not in subjects and "\x00" not in other and other.isprintable():
        assert served.row(other) is None


def test_a_published_row_is_the_stored_row(book: Book, tmp_path: Path) -> None:
    snapshot_id = book.snapshots.current() or ""
    assert (book.snapshots.folder / snapshot_id / "served.arrow").is_file()
    table = book.snapshots.read(snapshot_id)
    other = Snapshots(tmp_path)
    shutil.copytree(
        book.snapshots.folder / snapshot_id, tmp_path / snapshot_id, ignore=lambda *_: ["served.arrow"]
    )
    for subject in [*table["subject"].sample(30, random_state=1), "nobody"]:
        assert book.snapshots.row(snapshot_id, subject) == other.row(snapshot_id, subject)
    assert other.row(snapshot_id, "nobody") is None


def test_a_snapshot_that_was_not_published_can_be_read_too(book: Book, tmp_path: Path) -> None:
    current = book.snapshots.current() or ""
    other = next(
        p.parent.name for p in book.snapshots.folder.glob("*/scores.parquet") if p.parent.name != current
    )
    subject = book.snapshots.read(other)["subject"].iloc[0]
    row = Snapshots(book.snapshots.folder).row(other, subject)
    assert row is not None and row["subject"] == subject
