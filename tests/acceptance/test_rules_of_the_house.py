"""Floors look only down; no pickle, no outbound call, no half-done mark."""

from __future__ import annotations

import re
import socket
import subprocess
import sys

import pytest
from tests.conftest import ROOT, OutboundCall

import credit_risk

SOURCES = sorted((ROOT / "src").rglob("*.py"))


def test_floors_look_only_down() -> None:
    told = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"],
        capture_output=True, text=True, check=False, cwd=ROOT,
    )  # fmt: skip
    assert told.returncode == 0, told.stdout


def test_a_connection_that_leaves_this_machine_is_refused() -> None:
    with socket.socket() as outgoing, pytest.raises(OutboundCall):
        outgoing.connect(("192.0.2.1", 80))


def test_the_source_has_no_pickle_and_no_half_done_mark() -> None:
    words = re.compile(r"\bimport (pickle|joblib|cloudpickle)\b|TO" + r"DO|FIX" + r"ME|NotImpl" + r"emented")
    assert [str(p) for p in SOURCES if words.search(p.read_text(encoding="utf-8"))] == []


def test_files_stay_small_enough_to_hold_one_idea() -> None:
    assert [p.name for p in SOURCES if len(p.read_text(encoding="utf-8").splitlines()) > 400] == []


def test_what_is_public_is_listed_in_order_and_exists() -> None:
    assert credit_risk.__all__ == sorted(credit_risk.__all__)
    assert all(getattr(credit_risk, name) for name in credit_risk.__all__)
