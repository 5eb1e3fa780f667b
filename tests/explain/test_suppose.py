"""What if and why did it change: exact, because the real pipeline answers."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest
from tests.conftest import EARLIER, END, copy_zone

from credit_risk.errors import InputError
from credit_risk.explain.suppose import CAUSES, change_between, what_if_repaired
from credit_risk.models.model import CreditModel
from credit_risk.records import moment
from credit_risk.zone import Book


@pytest.fixture(scope="module")
def model(book: Book) -> CreditModel:
    return book.champion()[1].credit


@pytest.fixture(scope="module")
def punished(book: Book) -> tuple[str, list[str]]:
    """A scored enterprise with its usable enforcement cases."""
    table = book.snapshots.read(book.snapshots.current() or "")
    cases = book.records.as_of("enforced_person", END).to_pandas()
    cases = cases[cases["subject"].isin(table.loc[table["scorable"], "subject"])]
    subject = str(cases["subject"].value_counts().index[0])
    return subject, cases.loc[cases["subject"] == subject, "record_id"].tolist()


def test_a_supposed_repair_gives_the_score_after_the_real_one(
    book: Book,
    model: CreditModel,
    punished: tuple[str, list[str]],
    zone: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    subject, ids = punished
    supposed = what_if_repaired(book.matrix, model, subject, END, ids)
    assert supposed.after.score > supposed.before.score and supposed.moved
    other = copy_zone(zone, tmp_path / "zone", monkeypatch)
    names = other.pool.schema("repair").names
    rows = [
        dict.fromkeys(names)
        | {"record_id": f"r{i}", "version": "1", "source": "repair", "source_record_id": f"r{i}", "subject": subject,
           "event_date": moment(END).date(), "received_at": moment(END), "target": record_id}
        for i, record_id in enumerate(ids)
    ]  # fmt: skip
    other.pool.write("repair", "really", pa.Table.from_pylist(rows, other.pool.schema("repair")))
    table = other.matrix.build([subject], END, list(model.names)).to_pandas()
    assert model.score(table)["score"].iloc[0] == supposed.after.score
    assert book.pool.files("repair") != other.pool.files("repair"), "nothing supposed is stored"


def test_only_usable_records_of_the_enterprise_can_be_supposed_repaired(
    book: Book, model: CreditModel, punished: tuple[str, list[str]]
) -> None:
    subject, _ = punished
    with pytest.raises(InputError, match="not a usable record"):
        what_if_repaired(book.matrix, model, subject, END, ["nothing"])
    with pytest.raises(InputError, match="at least one"):
        what_if_repaired(book.matrix, model, subject, END, [])


def test_the_causes_of_a_change_add_up_to_it(
    book: Book, model: CreditModel, punished: tuple[str, list[str]]
) -> None:
    subject, _ = punished
    change = change_between(book.matrix, model, model, subject, EARLIER, END)
    assert [step.cause for step in change.steps] == ["aged", "repaired", "new", "neighbours"]
    assert set(CAUSES) >= {step.cause for step in change.steps}
    assert sum(s.points for s in change.steps) == pytest.approx(
        change.after.score - change.before.score, abs=1e-9
    )
    table = book.snapshots.read(book.snapshots.current() or "").set_index("subject")
    assert change.after.score == table.at[subject, "score"], "the last step is what was published"


def test_a_change_goes_forward(book: Book, model: CreditModel, punished: tuple[str, list[str]]) -> None:
    with pytest.raises(InputError, match="before"):
        change_between(book.matrix, model, model, punished[0], END, END)
