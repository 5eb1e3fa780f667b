"""Evidence of many indicators for those who ask is what evidence indicator by indicator over the whole pool is."""

from __future__ import annotations

import pandas as pd
from tests.conftest import END

from credit_risk.explain.backing import BACKING_COLUMNS, backing
from credit_risk.explain.evidence import EVIDENCE_COLUMNS, Evidence
from credit_risk.zone import Book


def test_it_is_the_evidence_of_each_indicator_by_itself(book: Book) -> None:
    rules = book.rules
    names = sorted({n for s in rules.signals.values() for n in s.evidence})
    asked = book.records.known("registration", END).select("subject").distinct().to_pandas()["subject"]
    subjects = sorted(asked)[::7]
    pairs = pd.DataFrame([(n, s) for n in names for s in subjects], columns=["indicator", "subject"])
    found = backing(book.matrix, pairs, names, 3, END).to_pandas()
    assert list(found.columns) == BACKING_COLUMNS
    backed = {n for n in names if (found["indicator"] == n).any()}
    assert any(book.catalogue.rests_on_relations(n) for n in backed) and len(backed) > 20
    with Evidence(book.matrix, END) as evidence:
        for name in names:
            whole = evidence.table(name, subjects, 3).to_pandas()
            own = found.loc[found["indicator"] == name, EVIDENCE_COLUMNS].reset_index(drop=True)
            pd.testing.assert_frame_equal(own, whole, check_dtype=False, obj=name)


def test_a_pair_that_is_not_asked_has_no_row(book: Book) -> None:
    subjects = book.snapshots.read(book.snapshots.current() or "")["subject"].head(40)
    pairs = pd.DataFrame({"indicator": "sued_12m", "subject": subjects.iloc[:20]})
    more = pd.DataFrame({"indicator": "arrears_12m", "subject": subjects.iloc[20:]})
    found = backing(book.matrix, pd.concat([pairs, more]), ["sued_12m", "arrears_12m"], 5, END).to_pandas()
    told = set(zip(found["indicator"], found["subject"], strict=True))
    assert told <= set(pd.concat([pairs, more]).itertuples(index=False, name=None))
