"""The books of the public data sets keep their protocols; what needs the data is skipped where they are not."""

import os
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from credit_risk.zone import Book

CASES = Path(__file__).parents[2] / "evaluation" / "cases"
needs_data = pytest.mark.skipif(
    "CREDIT_RISK_DATA" not in os.environ, reason="CREDIT_RISK_DATA is not set: no public data sets here"
)


@pytest.fixture(scope="module")
def invoices(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CREDIT_RISK_VAR", str(tmp_path_factory.mktemp("sme_invoices")))
        book = Book.open(CASES / "sme_invoices")
        book.ingest()
        yield book


@pytest.mark.parametrize(
    ("case", "forbidden"),
    [
        ("interbank", ["srisk"]),
        ("sme_invoices", ["bank_rating", "defaulted", "enterprises.parquet"]),
        ("smesd", []),
    ],
)
def test_no_file_of_a_book_reads_a_column_that_knows_the_outcome(case, forbidden):
    rules = Book.open(CASES / case).rules
    for source in rules.sources.values():
        read = f"{source.query} {source.map}".replace(
            "EXCLUDE (rank_next_quarter, srisk_ratio, srisk_value)", ""
        )
        assert not [word for word in forbidden if word in read], source.source


def test_smesds_models_see_neither_clock_nor_index_nor_outcome_nor_part():
    book = Book.open(CASES / "smesd")
    for name in set(book.rules.recipes) - {"bankruptcy-12m-with-clock"}:
        recipe = book.recipe(name)
        assert recipe.split.fold_by == "component" and recipe.split.train == ["train"]
        inputs = book.catalogue.inputs(recipe.indicators, recipe.without)
        entries = [book.catalogue.entries[n] for n in book.catalogue.closure(inputs)]
        assert {e.rule.from_ for e in entries} <= {None, "registration", "lawsuit", "tie", "shadow"}
        assert not [e.name for e in entries if e.rule.tree.startswith("clock")]
        assert not [e.name for e in entries if e.name in ("person", "company", "other")]


def test_the_topology_control_of_smesd_sees_no_capital_and_no_lawsuit():
    book = Book.open(CASES / "smesd")
    recipe = book.recipe("bankruptcy-12m")
    variant = next(v for v in recipe.variants if v.name == "topology_alone")
    inputs = book.catalogue.inputs(recipe.indicators, [*recipe.without, *variant.without])
    for name in book.catalogue.closure(inputs):
        entry = book.catalogue.entries[name]
        assert entry.rule.from_ in (None, "tie", "registration"), name
        assert "amount" not in entry.rule.value and "paid" not in entry.rule.value, name
        assert (
            entry.rule.from_ != "registration" or name == "registered_capital"
        )  # asked only whether a neighbour is known


def test_the_shuffled_control_of_smesd_takes_nothing_of_neighbours_but_the_lot():
    book = Book.open(CASES / "smesd")
    recipe = book.recipe("bankruptcy-12m-shuffled")
    for name in book.catalogue.inputs(recipe.indicators, recipe.without):
        entry = book.catalogue.entries[name]
        if entry.stage == "relation" and not entry.rule.tree.startswith("data_depth"):
            assert all(n.startswith("shadow_") for n in entry.value.names), name


@needs_data
def test_indicators_of_invoices_are_sums_over_what_was_dated_by_then(invoices):
    raw = pd.read_parquet(Path(os.environ["CREDIT_RISK_DATA"]) / "sme_invoices" / "invoices.parquet")
    sold = raw[(raw["direction"] == "output") & (raw["status"] == "valid")]
    t, firms = date(2019, 2, 28), ["E1", "E7", "E100"]
    got = invoices.features(
        pd.DataFrame({"subject": firms, "as_of": [t] * 3}), ["sales_m3", "sales_m12", "sales_ago"]
    ).set_index("subject")
    for firm in firms:
        mine = sold[sold["firm_id"] == firm]
        spans = {
            "sales_m3": ("2018-12-01", "2019-02-28"),
            "sales_m12": ("2018-03-01", "2019-02-28"),
            "sales_ago": ("2018-03-01", "2018-05-31"),
        }
        for name, (first, last) in spans.items():
            days = mine["date"].dt.normalize()
            expected = mine.loc[(days >= first) & (days <= last), "total"].sum()
            assert got.loc[firm, name] == pytest.approx(expected, abs=0.5), (firm, name)


@needs_data
def test_the_collapse_is_the_one_of_the_protocol_and_is_known_only_when_its_quarter_is_over(invoices):
    raw = pd.read_parquet(Path(os.environ["CREDIT_RISK_DATA"]) / "sme_invoices" / "invoices.parquet")
    sold = raw[(raw["direction"] == "output") & (raw["status"] == "valid")]
    events = (
        invoices.records.known("collapse", date(2020, 3, 1))
        .select("subject", "event_date", "received_at")
        .to_pandas()
    )
    day, end = pd.Timestamp("2019-02-01"), pd.Timestamp("2019-05-01")
    before, ahead = (
        sold[(sold["date"] >= "2018-02-01") & (sold["date"] < day)],
        sold[(sold["date"] >= day) & (sold["date"] < end)],
    )
    past = before.groupby("firm_id")["total"].sum() / 4
    old = sold.groupby("firm_id")["date"].min() < "2018-03-01"
    past = past[(past > 0) & old.reindex(past.index)]
    expected = set(
        past.index[ahead.groupby("firm_id")["total"].sum().reindex(past.index).fillna(0) < 0.3 * past]
    )
    mine = events[pd.to_datetime(events["event_date"]) == day]
    assert set(mine["subject"]) == expected and len(expected) > 20
    assert (pd.to_datetime(mine["received_at"]) >= pd.Timestamp("2019-04-30")).all()


@needs_data
def test_no_invoice_after_t_moves_an_indicator_at_t(invoices):
    names = invoices.catalogue.inputs()
    asked = pd.DataFrame({"subject": ["E1", "E7", "E100"], "as_of": [date(2018, 6, 30)] * 3})
    before = invoices.features(asked, names)
    pool = invoices.pool
    known = invoices.records.known("month", date(2018, 6, 30)).to_pandas()
    assert pd.to_datetime(known["received_at"]).max() <= pd.Timestamp("2018-07-01") and pool.holds("month")
    assert np.isfinite(before["sales_trend"]).any()
    assert (pd.to_datetime(known["event_date"]) <= "2018-06-30").all()
