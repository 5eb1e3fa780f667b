"""Floors look only down; no pickle, no half-done mark, small files, a public surface in order."""

from __future__ import annotations

import re
import subprocess
import sys

import ibis
from tests.conftest import ROOT

import credit_risk
from credit_risk.records.sql import connected

SOURCES = sorted((ROOT / "src").rglob("*.py"))


def test_floors_look_only_down() -> None:
    told = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"],
        capture_output=True, text=True, check=False, cwd=ROOT,
    )  # fmt: skip
    assert told.returncode == 0, told.stdout


def test_the_source_has_no_pickle_and_no_half_done_mark() -> None:
    words = re.compile(r"\bimport (pickle|joblib|cloudpickle)\b|TO" + r"DO|FIX" + r"ME|NotImpl" + r"emented")
    assert [str(p) for p in SOURCES if words.search(p.read_text(encoding="utf-8"))] == []


def test_files_stay_small_enough_to_hold_one_idea() -> None:
    assert [p.name for p in SOURCES if len(p.read_text(encoding="utf-8").splitlines()) > 400] == []


def test_what_is_public_is_listed_in_order_and_exists() -> None:
    assert credit_risk.__all__ == sorted(credit_risk.__all__)
    assert all(getattr(credit_risk, name) for name in credit_risk.__all__)


def test_no_connection_draws_a_progress_bar_over_what_a_command_prints() -> None:
    opened = re.compile(r"duckdb\.connect\(")
    loud = [
        p for p in SOURCES if opened.search(text := p.read_text(encoding="utf-8")) and "hush(" not in text
    ]
    assert loud == []
    asked = "SELECT current_setting('enable_progress_bar')"
    assert connected().execute(asked).fetchone() == (False,)
    assert ibis.duckdb.from_connection(connected()).con.execute(asked).fetchone() == (False,)
