"""The practice zone: the same seed gives the same bytes, and ingest finds exactly the dirt that was planted."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import pandas as pd
import pytest
from tests.conftest import ROOT

from credit_risk.book import open_rules
from credit_risk.records import FileReport, Pool, ingest
from credit_risk.simulation import SimulationSummary, Truth, read_truth, simulate, simulation_hash

SMALL = {"enterprises": 300, "months": 24}


def _bytes(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_the_same_seed_gives_the_same_bytes_and_another_seed_other_ones(tmp_path: Path) -> None:
    for name, seed in (("a", 3), ("b", 3), ("c", 4)):
        simulate(tmp_path / name / "in", tmp_path / name / "truth", seed=seed, **SMALL)
    assert _bytes(tmp_path / "a") == _bytes(tmp_path / "b")
    assert _bytes(tmp_path / "a") != _bytes(tmp_path / "c")


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> tuple[SimulationSummary, list[FileReport]]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CREDIT_RISK_VAR", str(tmp_path_factory.mktemp("dirty")))
        rules = open_rules(ROOT)
        summary = simulate(rules.inbox, rules.var / "truth", seed=5, **SMALL)
        return summary, ingest(Pool(rules), now=datetime(2026, 6, 30, 23, 59, 59))


def test_ingest_reports_the_dirt_that_was_planted_file_by_file(
    both: tuple[SimulationSummary, list[FileReport]],
) -> None:
    summary, reports = both
    assert {r.file for r in reports} == set(summary.files)
    for report in reports:
        planted = summary.files[report.file]
        told = (report.read, report.quarantined, report.known, report.corrected)
        assert told == (planted.rows, sum(planted.refused.values()), planted.repeated, planted.corrected), (
            report.file
        )


def test_every_kind_of_dirt_is_planted(both: tuple[SimulationSummary, list[FileReport]]) -> None:
    files = both[0].files.values()
    assert {f.encoding for f in files} == {"utf-8", "utf-8-sig", "gb18030"}
    assert len({kind for f in files for kind in f.refused}) >= 4
    assert sum(f.repeated for f in files) > 0 and sum(f.corrected for f in files) > 0


def test_three_to_four_in_a_hundred_go_bad_in_a_year_and_the_zone_does_not_sour(tmp_path: Path) -> None:
    summary = simulate(tmp_path / "in", tmp_path / "truth", enterprises=4000, outside=0.5, months=48)
    assert 0.03 <= summary.adverse_rate <= 0.04
    truth = read_truth(tmp_path / "truth")
    inside = set(truth.enterprises.loc[truth.enterprises["inside"], "uscc"])
    first = truth.events[truth.events["uscc"].isin(inside)].groupby("uscc")["event_date"].min()
    by_year = pd.to_datetime(first).dt.year.value_counts()
    assert by_year[2025] < 1.5 * by_year[2023]


def test_the_kept_figures_are_of_this_zone() -> None:
    kept = json.loads((ROOT / "evaluation" / "results" / "zone.json").read_text(encoding="utf-8"))
    assert kept["result"]["simulation"] == simulation_hash(), "the simulation changed: run make results again"


def test_what_was_planted_is_in_the_truth_and_in_no_file(zone: Path) -> None:
    truth = zone / "bonded-zone" / "truth"
    planted = pd.read_parquet(truth / "schemes.parquet")
    kinds = {"shell_cluster", "carousel", "slow_burner", "regime_change", "double_pledge"}
    assert set(planted["scheme"]) >= kinds
    assert planted["uscc"].is_unique
    shells = planted[planted["scheme"] == "shell_cluster"]
    assert (shells.groupby("group").size() >= 6).all()
    events = pd.read_parquet(truth / "events.parquet")
    struck = set(planted.loc[planted["struck"], "uscc"])
    assert len(struck - set(events["uscc"])) <= 0.2 * len(struck)  # a few left before it came to that
    text = "".join(
        p.read_text(encoding="utf-8", errors="ignore") for p in (zone / "bonded-zone" / "inbox").glob("*")
    )
    assert not any(word in text for word in ("shell_cluster", "carousel", "slow_burner"))


@pytest.fixture(scope="module")
def truth(zone: Path) -> Truth:
    return read_truth(zone / "bonded-zone" / "truth")


def test_every_edge_of_a_scheme_joins_its_members_and_is_in_the_departments_files(
    zone: Path, truth: Truth
) -> None:
    edges = truth.edges
    rings = edges[edges["scheme"].isin(["carousel", "honest_ring"])]
    told = pd.read_csv(zone / "bonded-zone" / "inbox" / "区内保税货物转让.csv", dtype=str)
    pairs = set(zip(told["统一社会信用代码"], told["受让方统一社会信用代码"], told["转让日期"], strict=True))
    day = rings["first_day"].astype(str).str[:10]
    wanted = list(zip(rings["src"], rings["dst"], day, strict=True))
    assert wanted and sum(pair in pairs for pair in wanted) > 0.95 * len(
        wanted
    )  # the last are told after the end
    members = truth.schemes.set_index("uscc")["group"]
    shells = edges[edges["scheme"] == "shell_cluster"]
    assert (members[shells["src"]].to_numpy() == shells["group"].to_numpy()).all()
    assert (members[shells["dst"]].to_numpy() == shells["group"].to_numpy()).all()
    assert {"same_address", "same_phone", "same_agent", "legal_rep"} <= set(shells["relation"])


def test_a_carousel_sells_the_same_goods_within_days_and_an_honest_ring_does_not(
    zone: Path, truth: Truth
) -> None:
    told = pd.read_csv(zone / "bonded-zone" / "inbox" / "区内保税货物转让.csv", parse_dates=["转让日期"])
    goods = {}
    for kind in ("carousel", "honest_ring"):
        one = truth.edges[truth.edges["scheme"] == kind]
        ring = one[one["group"] == one["group"].iloc[0]]
        own = set(zip(ring["src"], ring["dst"], strict=True))
        ends = zip(told["统一社会信用代码"], told["受让方统一社会信用代码"], strict=True)
        goods[kind] = told[[pair in own for pair in ends]].groupby(["商品编码", "数量"])
    assert (goods["carousel"]["统一社会信用代码"].nunique() >= 3).any()
    assert (goods["honest_ring"]["统一社会信用代码"].nunique() == 1).all()


def test_honest_look_alikes_are_named_and_are_in_no_scheme(truth: Truth) -> None:
    alike = truth.look_alikes
    kinds = {
        "seasonal",
        "discloser",
        "incubated",
        "newcomer",
        "simple_penalty",
        "honest_ring",
        "fast_starter",
        "honest_shrinker",
    }
    assert set(alike["kind"]) == kinds
    natural = alike[alike["kind"] != "simple_penalty"]  # schemers get trifling fines too
    assert not set(natural["uscc"]) & set(truth.schemes["uscc"])


def test_structures_tell_groups_circles_brokers_and_warehouses_with_the_bad_ones_apart(truth: Truth) -> None:
    found = truth.structures
    assert set(found["structure"]) >= {
        "group", "guarantee_circle", "broker", "careless_broker", "warehouse", "leaky_warehouse",
    }  # fmt: skip
    circles = found[found["structure"] == "guarantee_circle"].groupby("group").size()
    assert (circles == 4).all()


def test_inspections_go_where_risk_is(zone: Path, truth: Truth) -> None:
    checks = pd.read_csv(zone / "bonded-zone" / "inbox" / "监督检查.csv", dtype=str)
    risk = truth.months.groupby("uscc")["risk"].mean()
    aimed = risk.reindex(checks.loc[checks["检查方式"] == "重点检查", "统一社会信用代码"]).mean()
    floor = risk.reindex(checks.loc[checks["检查方式"] == "双随机", "统一社会信用代码"]).mean()
    assert aimed > floor + 0.1


def test_customs_credit_has_three_levels_until_the_first_of_april_and_five_after(zone: Path) -> None:
    levels = pd.read_csv(zone / "bonded-zone" / "inbox" / "海关信用等级.csv", parse_dates=["认定日期"])
    switch = pd.Timestamp("2026-04-01")
    before, after = (
        set(levels.loc[late, "信用等级"])
        for late in (levels["认定日期"] < switch, levels["认定日期"] >= switch)
    )
    assert before <= {"高级认证企业", "常规企业", "失信企业"} and "认证企业" in after


def test_an_outage_delivers_late_and_loses_nothing(zone: Path) -> None:
    bills = pd.read_csv(zone / "bonded-zone" / "inbox" / "用电缴费.csv", parse_dates=["账单月末", "归集时间"])
    lag = (bills["归集时间"] - bills["账单月末"]).dt.days
    assert lag.max() > 40 and (lag > 40).mean() < 0.1
