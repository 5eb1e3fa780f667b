"""Warned of alone or among everybody, what is said of an enterprise is the same, down to the types of its columns."""

from __future__ import annotations

import json

import pandas as pd
import pytest
from tests.conftest import END

from credit_risk.explain import Snapshot
from credit_risk.warnings import Warned, backed, facts, usual_at, warn_as_of
from credit_risk.zone import Book


@pytest.fixture(scope="module")
def snapshot(book: Book) -> Snapshot:
    """Return the published snapshot, without the score of one whom a rule warns of, and with a fact of one that no
    record backs: a signal that rests on it is suppressed, whatever happened in the zone.
    """
    current = str(book.snapshots.current())
    scores, warned = (book.snapshots.read(current, name) for name in ("scores", "warnings"))
    signals = warned.set_index("subject")["signals"].map(lambda text: {s["kind"] for s in json.loads(text)})
    taken = scores["subject"] == signals.index[signals.map(lambda kinds: "rule" in kinds)][0]
    scores.loc[taken, ["score", "pd", "grade_rank"]] = float("nan")
    scores.loc[taken, "grade"] = None
    indicators = book.snapshots.read(current, "indicators")
    unwarned = ~indicators["subject"].isin(warned["subject"]) & (indicators["in_zone"] == 1)
    bare = indicators.index[unwarned & (indicators[["exited", "commitments_due"]] == 0).all(axis=1)][0]
    indicators.loc[bare, ["commitments_due", "commitments_broken_24m"]] = 1.0
    return Snapshot(current, str(scores["model_id"].iloc[0]), scores, None, indicators)


@pytest.fixture(scope="module")
def before(book: Book, snapshot: Snapshot) -> pd.DataFrame:
    return book.snapshots.read(str(book.snapshots.before(END, snapshot.model_id)))


@pytest.fixture(scope="module")
def everybody(book: Book, snapshot: Snapshot, before: pd.DataFrame) -> Warned:
    return warn_as_of(book.matrix, snapshot, before, END, book.events_at(END))


@pytest.mark.parametrize("kind", ["warned, with a score", "warned, without one", "suppressed", "neither"])
def test_an_enterprise_is_warned_of_alone_as_among_everybody(
    kind: str, book: Book, snapshot: Snapshot, before: pd.DataFrame, everybody: Warned
) -> None:
    warned, quiet = everybody.warnings, everybody.suppressed
    known = snapshot.scores["subject"]
    subject = {
        "warned, with a score": warned.loc[warned["pd"].notna(), "subject"],
        "warned, without one": warned.loc[warned["pd"].isna(), "subject"],
        "suppressed": quiet["subject"],
        "neither": known[~known.isin([*warned["subject"], *quiet["subject"]])],
    }[kind].iloc[0]
    alone = warn_as_of(
        book.matrix, snapshot, before, END, book.events_at(END), [subject],
        usual=usual_at(book.rules, snapshot),
    )  # fmt: skip
    for own, whole in [(alone.warnings, warned), (alone.suppressed, quiet)]:
        among = whole[whole["subject"] == subject].reset_index(drop=True)
        pd.testing.assert_frame_equal(own, among, check_exact=True)


def test_warnings_are_the_same_however_many_are_told_at_a_time(
    book: Book, snapshot: Snapshot, before: pd.DataFrame, everybody: Warned, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backed, "SOUGHT", len(everybody.warnings) // 3)
    monkeypatch.setattr(backed, "AT_ONCE", 3)
    monkeypatch.setattr(facts, "AT_ONCE", 100)
    again = warn_as_of(book.matrix, snapshot, before, END, book.events_at(END))
    assert len(everybody.warnings) > 6
    pd.testing.assert_frame_equal(again.warnings, everybody.warnings, check_exact=True)
    pd.testing.assert_frame_equal(again.suppressed, everybody.suppressed, check_exact=True)
