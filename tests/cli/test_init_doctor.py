"""A new book is whole: it ingests, trains, promotes, scores and warns; the doctor says what is next."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from credit_risk.cli import app


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.delenv("CREDIT_RISK_VAR", raising=False)
    monkeypatch.delenv("CREDIT_RISK_DATABASE_URL", raising=False)
    book = tmp_path / "my-zone"

    def call(*words: str, code: int = 0) -> str:
        done = CliRunner().invoke(app, ["--book", str(book), *words])
        assert done.exit_code == code, done.output
        return done.stdout

    CliRunner().invoke(app, ["init", str(book)])
    return call


def _todo(run: Any) -> list[str]:
    return [one["zh"] for one in json.loads(run("doctor", "--json"))["findings"] if one["state"] == "next"]


def test_a_new_book_is_taken_through_the_whole_engine(run: Any) -> None:
    assert _todo(run) == ["记录池是空的"]
    told = json.loads(run("ingest", "--now", "2024-12-31T23:59:59", "--json"))
    assert [file["quarantined"] for file in told["files"]] == [0, 0, 0]
    assert [(one["source"], one["overdue"]) for one in told["sources"]] == [
        (file["source"], False) for file in told["files"]
    ]
    assert "listing-12m 尚无现行模型" in _todo(run)
    run("train", "--known-at", "2024-12-31")
    run("promote", "--by", "张三", "--reason", "首次")
    warned = json.loads(run("warn", "--as-of", "2024-12-31", "--json"))
    assert warned["cases"]["opened"] > 0
    assert _todo(run) == ["尚无账号", "尚无密钥"]
    page = run("archive", warned["warnings"][0]["subject"], "--as-of", "2024-12-31")
    assert "登记注册" in page and "行政处罚" in page


def test_a_model_is_retrained_promoted_rolled_back_and_its_score_of_before_replayed(
    run: Any, tmp_path: Path
) -> None:
    run("ingest", "--now", "2024-12-31T23:59:59")
    run("train", "--known-at", "2024-09-30")
    run("promote", "--by", "张三", "--reason", "首次启用")
    run("score", "--as-of", "2024-09-30")
    recipe = tmp_path / "my-zone" / "models" / "models.yaml"
    text = recipe.read_text(encoding="utf-8")
    for old, new in (("2022-06-30", "2022-09-30"), ("2023-06-30", "2023-09-30")):
        text = text.replace(old, new)
    recipe.write_text(text, encoding="utf-8")
    run("train", "--known-at", "2024-12-31")
    later = json.loads(run("promote", "--by", "张三", "--reason", "季度重训", "--json"))
    back = json.loads(run("rollback", "--by", "张三", "--reason", "误报偏多", "--json"))
    assert (later["version"], back["version"]) == (2, 1) and later["model_id"] != back["model_id"]
    told = json.loads(run("replay", "--as-of", "2024-09-30", "--json"))
    assert told["same"] and told["enterprises"] > 500 and not told["different"]


def test_init_writes_over_nothing(run: Any, tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["init", str(tmp_path / "my-zone")])
    assert done.exit_code == 2 and "not empty" in done.output


def test_the_doctor_says_no_when_the_audit_was_changed_or_the_book_is_wrong(run: Any, tmp_path: Path) -> None:
    import sqlite3

    run("ingest", "--now", "2024-12-31T23:59:59")
    run("doctor")
    with sqlite3.connect(tmp_path / "my-zone" / "var" / "operational.db") as store:
        store.execute("insert into audit values (1, 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i')")
    run("doctor", code=1)
    (tmp_path / "my-zone" / "serving" / "serving.yaml").write_text("scenes: 7")
    assert "serving.yaml" in run("doctor", code=1)


def test_the_doctor_tells_sources_that_stay_out_and_records_that_break_the_book(
    run: Any, tmp_path: Path
) -> None:
    run("ingest", "--now", "2024-12-31T23:59:59")
    assert "行政处罚" in run("doctor") and "逾期未到" not in run("doctor")
    later = json.loads(run("doctor", "--as-of", "2025-12-31", "--json"))
    overdue = {one["source"] for one in later["sources"] if one["overdue"]}
    assert overdue == {
        "penalty",
        "serious_list",
    }  # the register has brought nothing new for years: no habit to break
    assert sum("逾期未到" in one["zh"] for one in later["findings"]) == 2
    assert "所有记录符合账册" in run("doctor", "--records")
    sources = next((tmp_path / "my-zone" / "sources").glob("*.yaml"))
    text = sources.read_text(encoding="utf-8")
    sources.write_text(text.replace("minimum: 0", "minimum: 1000000000"), encoding="utf-8")
    assert "greater_than_or_equal_to" in run("doctor", "--records", code=1)
