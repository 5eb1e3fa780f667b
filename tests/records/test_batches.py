"""Batches that were stored under another book are read in the columns of today's: what they lack is null."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from credit_risk.book import Rules
from credit_risk.records import Pool, ingest
from credit_risk.records.lookup import refresh
from credit_risk.records.reader import Reader

A, B = "91350100M000100Y43", "913100007109392661"
HEADER = "统一社会信用代码,文号,处罚日期,归集时间,公示截止,罚款金额（万元）,类别\n"
Put = Callable[..., Path]
LEARNT = "amount"


@pytest.fixture
def pool(small: Rules, put: Put, request: pytest.FixtureRequest) -> Pool:
    """Return a pool of which the first batch, or every batch, was stored before the book learnt a field."""
    pool = Pool(small)
    put("penalties.csv", HEADER + f"{A},沪1号,2024-01-05,2024-02-01,,1.5,罚款\n")
    ingest(pool, now=datetime(2024, 6, 1, 12))
    (old,) = pool.files("penalty")
    pq.write_table(pq.read_table(old).drop_columns([LEARNT]), old)
    if request.param == "some":
        put("penalties.csv", HEADER + f"{B},沪2号,2024-01-06,2024-02-01,,2.5,罚款\n")
        ingest(pool, now=datetime(2024, 6, 2, 12))
    return Pool(small)


@pytest.mark.parametrize("pool", ["all", "some"], indirect=True)
def test_what_a_batch_lacks_is_null_however_it_is_read(pool: Pool) -> None:
    assert LEARNT in pool.schema("penalty").names
    expected = {A: None} | ({B: 25_000.0} if len(pool.files("penalty")) == 2 else {})
    connection = pool.cursor()
    shown = f"SELECT subject, {LEARNT} FROM ({pool.select(connection, 'penalty', 'p')})"
    scanned = pool.scan("penalty").to_pyarrow()
    assert dict(connection.execute(shown).fetchall()) == expected
    assert scanned.schema.names == pool.schema("penalty").names
    assert dict(zip(*(scanned[n].to_pylist() for n in ("subject", LEARNT)), strict=True)) == expected
    for copied in (False, True):
        if copied:
            assert "penalty" in refresh(pool)
        rows, _ = Reader(Pool(pool.rules)).read([A, B], []).unfolded("penalty")
        assert rows is not None
        assert dict(zip(*(rows[n].to_pylist() for n in ("subject", LEARNT)), strict=True)) == expected
