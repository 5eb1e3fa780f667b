"""The command line: it teaches, its exit codes hold, and what it prints for machines is one JSON object."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import ROOT
from typer.main import get_command
from typer.testing import CliRunner

from credit_risk.cli import app
from credit_risk.cli.menu import menu
from credit_risk.registry import Registry
from credit_risk.zone import Book

RUN = CliRunner()


def _commands(group: Any, words: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    yield words
    for name, command in getattr(group, "commands", {}).items():
        yield from _commands(command, (*words, name))


for module in {item.module for item in menu().values()}:
    import_module(module)
COMMANDS = list(_commands(get_command(app)))


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_explains_itself(command: tuple[str, ...]) -> None:
    told = RUN.invoke(app, [*command, "--help"])
    assert told.exit_code == 0
    assert any("\u4e00" <= c <= "\u9fff" for c in told.output)


def test_the_first_page_names_every_command() -> None:
    told = RUN.invoke(app, ["--help"], env={"COLUMNS": "120"}).output
    assert {words[0] for words in COMMANDS if len(words) == 1} <= set(told.split())


def test_explain_prints_the_stored_score_for_machines_and_people(book: Book) -> None:
    table = book.snapshots.read(book.snapshots.current() or "")
    row = table[table["scorable"]].iloc[5]
    machine = RUN.invoke(app, ["--book", str(ROOT), "explain", row["subject"], "--json"])
    told = json.loads(machine.stdout)
    assert told["pd"] == row["pd"]
    stored = book.snapshots.row(book.snapshots.current() or "", row["subject"])
    assert stored and told["reasons"] == stored["reasons"] != []
    person = RUN.invoke(app, ["--book", str(ROOT), "explain", row["subject"]])
    assert f"{row['shown_score']:.1f}" in person.stdout and row["grade"] in person.stdout


def test_explaining_what_is_not_scorable_says_why(book: Book) -> None:
    table = book.snapshots.read(book.snapshots.current() or "")
    told = RUN.invoke(app, ["--book", str(ROOT), "explain", table.loc[~table["scorable"], "subject"].iloc[0]])
    assert told.exit_code == 0 and "not scorable because" in told.stdout


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["explain", "91350100M000100Y43"], 2, "is not in snapshot"),
        (["train", "credot-12m"], 2, "did you mean 'credit-12m'"),
        (["promote", "--by", "", "--reason", "x"], 2, "named person"),
        (["keys", "make", "--name", "a", "--role", "sistem", "--scene", "tax"], 2, "did you mean 'system'"),
        (["rollback", "--by", "a", "--reason", "b"], 2, "no earlier champion"),
        (["score", "--as-of", "yesterday"], 2, ""),
    ],
)
def test_wrong_input_ends_with_code_2_and_one_message(
    book: Book, words: list[str], code: int, said: str
) -> None:
    told = RUN.invoke(app, ["--book", str(ROOT), *words])
    assert told.exit_code == code, told.output
    assert said in told.output.replace("\n", " ")
    assert "Traceback" not in told.output


def test_no_book_ends_with_code_2_and_a_broken_one_names_its_line(tmp_path: Path) -> None:
    nothing = RUN.invoke(app, ["--book", str(tmp_path), "ingest"])
    assert nothing.exit_code == 2 and "no credit-risk.toml" in nothing.output


def test_a_fault_ends_with_code_3_and_leaves_its_trace_in_a_file(
    book: Book, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("credit_risk.explain.snapshot.Snapshots.row", lambda *_: 1 / 0)
    told = RUN.invoke(app, ["--book", str(ROOT), "explain", "91350100M000100Y43"])
    assert told.exit_code == 3
    assert "Traceback" not in told.output
    assert "ZeroDivisionError" in (tmp_path / "credit-risk-fault.log").read_text()


def test_a_second_ingest_changes_nothing_and_its_counts_add_up(book: Book) -> None:
    def written() -> dict[Path, int]:  # the lock of the writer is no content
        return {p: p.stat().st_mtime_ns for p in book.pool.folder.rglob("[!.]*") if p.is_file()}

    before = written()
    told = RUN.invoke(app, ["--book", str(ROOT), "ingest", "--json"])
    files = json.loads(told.stdout)["files"]
    assert all(f["skipped"] for f in files)
    assert all(f["read"] == f["new"] + f["corrected"] + f["known"] + f["quarantined"] for f in files)
    assert written() == before


def test_the_data_dictionary_in_docs_is_the_catalogue_of_today(book: Book, tmp_path: Path) -> None:
    told = RUN.invoke(app, ["--book", str(ROOT), "features", "dictionary", "--to", str(tmp_path / "d.md")])
    assert told.exit_code == 0
    assert (tmp_path / "d.md").read_text() == (ROOT / "docs" / "data_dictionary.md").read_text()


def test_importing_the_package_switches_telemetry_off_first() -> None:
    code = "import credit_risk, os, sys; assert not {'mlflow', 'bentoml'} & set(sys.modules); print(os.environ['BENTOML_DO_NOT_TRACK'], os.environ['MLFLOW_DISABLE_TELEMETRY'])"
    told = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT / "src"
    )
    assert told.stdout.split() == ["True", "true"]


def test_to_promote_what_is_in_force_says_so_and_changes_nothing(
    book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = book.recipe().recipe
    before = book.registry.history.reigns(name)
    monkeypatch.setattr(Registry, "_check_gates", lambda *_: None)  # the small zone's model would not pass
    told = RUN.invoke(app, ["--book", str(ROOT), "promote", name, "--by", "张三", "--reason", "季度重训"])
    assert told.exit_code == 0 and "已在用" in told.output and before[-1][0].model_id in told.output
    assert book.registry.history.reigns(name) == before
