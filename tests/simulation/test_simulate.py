"""The practice zone: the same seed gives the same bytes, and ingest finds exactly the dirt that was planted."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from tests.conftest import ROOT

from credit_risk.book import open_rules
from credit_risk.records import FileReport, Pool, ingest
from credit_risk.simulation import SimulationSummary, simulate

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


def test_a_few_enterprises_in_a_hundred_go_bad_in_a_year(
    both: tuple[SimulationSummary, list[FileReport]],
) -> None:
    assert 0.01 < both[0].adverse_rate < 0.08
