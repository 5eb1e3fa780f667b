"""Every indicator that needs no relations equals what pandas makes of the same records, for every enterprise of the zone."""

from __future__ import annotations

import numpy as np
import pandas as pd
from evaluation.bench.by_pandas import known_with_pandas, own_with_pandas
from tests.conftest import END

from credit_risk.zone import Book


def test_every_own_indicator_equals_the_one_computed_by_pandas(book: Book) -> None:
    catalogue, t = book.catalogue, pd.Timestamp(END)
    names = [n for n in catalogue.entries if not catalogue.rests_on_relations(n)]
    known = book.records.known("registration", END).select("subject").distinct().to_pandas()["subject"]
    subjects = sorted(known)[::3]
    ended = book.records.ended(END, ("repair", "withdrawal", "shield", "objection"))
    gone = set(ended.to_pandas()["record_id"]) if ended is not None else set()

    def read(kind: str) -> pd.DataFrame:
        rows = book.pool.scan(kind).to_pandas()
        rows = known_with_pandas(rows[rows["subject"].isin(subjects)], t)
        return rows[~rows["record_id"].isin(gone)]

    expected = own_with_pandas(catalogue, read, subjects, t, names)
    came = book.matrix.build(subjects, END, names).to_pandas().set_index("subject")
    wrong = {}
    for name in names:
        if catalogue.entries[name].rule.kind == "category":
            one, other = (table[name].astype("string").fillna("") for table in (came, expected))
            differs = (one != other).to_numpy(bool)
        else:
            one, other = (
                table[name].astype("Float64").to_numpy(float, na_value=np.nan) for table in (came, expected)
            )
            differs = ~np.isclose(one, other, rtol=1e-9, atol=1e-9, equal_nan=True)
        if differs.any():
            at = int(np.flatnonzero(differs)[0])
            wrong[name] = (int(differs.sum()), subjects[at], came[name].iloc[at], expected[name].iloc[at])
    assert not wrong, wrong
