"""Answers told ahead are those told when they are asked for, whether the file is there yet or not."""

from __future__ import annotations

import shutil
from pathlib import Path

import pyarrow as pa
import pytest

from credit_risk.errors import Fault
from credit_risk.explain import Snapshots, ahead
from credit_risk.zone import Book


@pytest.fixture
def two(book: Book, tmp_path: Path) -> tuple[Snapshots, Snapshots, str]:
    """Return the snapshots of a book, and the same without what was told ahead."""
    current = book.snapshots.current() or ""
    shutil.copytree(
        book.snapshots.folder / current,
        tmp_path / current,
        ignore=lambda *_: ["told.arrow"],
        dirs_exist_ok=True,
    )
    return book.snapshots, Snapshots(tmp_path), current


def test_every_row_is_told_ahead_as_when_it_is_asked_for(two: tuple[Snapshots, Snapshots, str]) -> None:
    told, later, current = two
    assert (told.folder / current / "told.arrow").is_file()
    subjects = [*told.read(current)["subject"], "nobody"]
    first = {s: later.told(current, s) for s in subjects}
    assert {s: told.told(current, s) for s in subjects} == first
    assert first["nobody"] is None and sum(one is not None for one in first.values()) == len(subjects) - 1


def test_what_is_told_ahead_is_found_by_a_service_that_runs(
    two: tuple[Snapshots, Snapshots, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, later, current = two
    subject = later.read(current)["subject"].iloc[0]
    monkeypatch.setattr("credit_risk.explain.opened.LOOK_AGAIN", 0.0)
    before = later.told(current, subject)
    later.tell_ahead(current)

    def never(*_: object) -> None:
        raise AssertionError("it was told ahead")

    monkeypatch.setattr("credit_risk.explain.snapshot.tell_row", never)
    assert later.told(current, subject) == before


def test_what_was_told_of_another_snapshot_is_let_go(two: tuple[Snapshots, Snapshots, str]) -> None:
    _, later, current = two
    old = later.folder / "old" / "told.arrow"
    old.parent.mkdir()
    old.touch()
    later.tell_ahead(current)
    assert not old.exists() and (later.folder / current / "told.arrow").is_file()


def test_processes_tell_what_one_tells(
    two: tuple[Snapshots, Snapshots, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, later, current = two
    words = later.words(current)
    assert words is not None
    whole = pa.ipc.open_file(str(later.folder / current / "served.arrow")).read_all()
    few = pa.ipc.new_file(str(tmp_path / "served.arrow"), whole.schema)
    for start in range(0, 60, 10):
        few.write_table(whole.slice(start, 10))
    few.close()
    progress: list[tuple[str, int, int]] = []
    ahead.write_ahead(
        tmp_path / "served.arrow", words, tmp_path / "many.arrow", lambda *at: progress.append(at)
    )
    monkeypatch.setattr(ahead, "FEW", 99)
    ahead.write_ahead(tmp_path / "served.arrow", words, tmp_path / "one.arrow")
    assert (tmp_path / "many.arrow").read_bytes() == (tmp_path / "one.arrow").read_bytes()
    assert progress[0] == ("told", 0, 6) and progress[-1] == ("", 6, 6)


@pytest.mark.parametrize(("name", "value"), [("pd", float("inf")), ("pd_terms", '{"3m": NaN}')])
def test_a_number_that_is_not_finite_is_left_to_who_asks(
    name: str, value: object, book: Book, tmp_path: Path
) -> None:
    current = book.snapshots.current() or ""
    shutil.copytree(book.snapshots.folder / current, tmp_path / current)
    served = tmp_path / current / "served.arrow"
    whole = pa.ipc.open_file(str(served)).read_all()
    place = whole.schema.get_field_index(name)
    broken = pa.array([value] * len(whole), whole.schema.field(name).type)
    with pa.ipc.new_file(str(tmp_path / "broken.arrow"), whole.schema) as file:
        file.write_table(whole.set_column(place, name, broken))
    (tmp_path / "broken.arrow").replace(served)
    (tmp_path / current / "told.arrow").unlink()
    own = Snapshots(tmp_path)
    own.tell_ahead(current)
    with pytest.raises(Fault, match=f"{name} is not finite"):
        own.told(current, whole["subject"][0].as_py())


def test_a_file_of_another_format_is_not_cut_and_told_anew(two: tuple[Snapshots, Snapshots, str]) -> None:
    _, later, current = two
    subject = later.read(current)["subject"].iloc[0]
    expected = later.told(current, subject)
    path = later.folder / current / "told.arrow"
    other = ahead.SCHEMA.with_metadata({"format": "0"})
    with pa.ipc.new_file(str(path), other):
        pass
    again = Snapshots(later.folder)
    assert again.told(current, subject) == expected
    again.tell_ahead(current)
    assert ahead.told_in(path) and pa.ipc.open_file(pa.memory_map(str(path))).num_record_batches
