"""Labels look only ahead and only as far as was known; nothing immature is labelled; a killed build goes on."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from tests.conftest import END, ROOT, copy_zone

from credit_risk.errors import InputError
from credit_risk.features.outcomes import Outcomes
from credit_risk.features.training_set import _partition_key, build_training_set
from credit_risk.zone import Book, Trained


@pytest.fixture(scope="module")
def trained(book: Book) -> Trained:
    return book.train(known_at=END)


def test_between_training_and_test_lies_a_whole_horizon(trained: Trained) -> None:
    parts = trained.training.rows.groupby("part")["as_of"]
    gap = pd.Timestamp(parts.min()["test"]) - pd.Timestamp(parts.max()["train"])
    assert gap.days >= 365


def test_no_immature_observation_has_a_label(book: Book, trained: Trained) -> None:
    assert pd.Timestamp(max(trained.training.rows["as_of"])) + pd.DateOffset(months=12) <= pd.Timestamp(END)
    early = build_training_set(book.matrix, trained.recipe, known_at="2026-04-30")
    assert max(early.rows["as_of"]) == date(2025, 3, 31)
    assert early.left_out["not_matured"] > 0


def test_labels_of_training_know_nothing_that_test_time_brings(book: Book, trained: Trained) -> None:
    outcomes = Outcomes(book.records, book.rules.outcomes["adverse"])
    train = trained.training.part("train")
    events = outcomes.events(str(trained.recipe.split.test_from))
    assert pd.to_datetime(events["day"]).max() <= pd.Timestamp(str(trained.recipe.split.test_from))
    bad = train[train["label"] == 1]
    joined = bad.merge(events, on="subject")
    ahead = (pd.to_datetime(joined["day"]) > pd.to_datetime(joined["as_of"])) & (
        pd.to_datetime(joined["day"]) <= pd.to_datetime(joined["as_of"]) + pd.DateOffset(months=12)
    )
    assert set(joined.loc[ahead, "subject"]) == set(bad["subject"])


def test_nobody_who_is_already_bad_or_gone_is_observed(book: Book, trained: Trained) -> None:
    rows = trained.training.part("test").head(300)
    table = book.features(rows[["subject", "as_of"]], ["severe_known", "in_zone", "exited"])
    assert (
        (table["severe_known"] == 0).all() and (table["in_zone"] == 1).all() and (table["exited"] == 0).all()
    )


def test_a_build_that_was_killed_goes_on_where_it_stopped(
    zone: Path, trained: Trained, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = copy_zone(zone, tmp_path / "var", monkeypatch)
    key = _partition_key(trained.training.lineage, trained.recipe, trained.training.inputs)
    folder = book.rules.var / "training" / key
    parts = sorted(folder.glob("*.parquet"))
    kept, lost = parts[0].stat().st_mtime_ns, parts[-1]
    before = lost.read_bytes()
    lost.unlink()
    again = build_training_set(book.matrix, trained.recipe, known_at=END)
    pd.testing.assert_frame_equal(again.rows, trained.training.rows)
    assert (lost.read_bytes(), parts[0].stat().st_mtime_ns) == (before, kept)


def test_a_horizon_that_nobody_has_lived_through_leaves_nothing_to_train_on(
    book: Book, trained: Trained
) -> None:
    with pytest.raises(InputError, match="nobody's horizon of 12m has passed"):
        build_training_set(book.matrix, trained.recipe, known_at="2023-03-31")


def test_a_pool_without_enterprises_is_told_and_not_a_fault(
    trained: Trained, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CREDIT_RISK_VAR", str(tmp_path))
    with pytest.raises(InputError, match="the pool knows no registration received by") as told:
        Book.open(ROOT).train(trained.recipe.recipe, known_at=END)
    assert told.value.hint and "ingest" in told.value.hint
