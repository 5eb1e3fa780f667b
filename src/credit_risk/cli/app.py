"""The command line itself: the book, errors and exit codes.

Exit codes: 0 done, 1 a gate or check said no, 2 the input is wrong, 3 a fault.
"""

from __future__ import annotations

import json
import traceback
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from typer.core import TyperCommand, TyperGroup
from typer.main import get_group

from credit_risk.cli.menu import menu
from credit_risk.errors import CreditRiskError

__all__ = ["BookFolder", "Json", "app", "err", "out", "print_json"]

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)
FAULTS = Path("credit-risk-fault.log")

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else on stdout.")]


class _Group(TyperGroup):
    """Turns errors into one clear message and an exit code; no stack trace reaches a user."""

    def __init__(self, **told: Any) -> None:
        super().__init__(**told)
        self.menu = menu()
        items = {name: TyperCommand(name=name, help=item.tells) for name, item in self.menu.items()}
        self.commands = {**items, **self.commands}

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the names of the menu, in its order."""
        return list(self.menu)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Import the file of the command that is called; until then the menu stands for it."""
        if args and args[0] in self.menu:
            import_module(self.menu[args[0]].module)
            self.commands[args[0]] = get_group(app).commands[args[0]]
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: Any) -> Any:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except CreditRiskError as problem:
            err.print("错误 error", style="bold red", end=" ")
            err.print(problem.message, markup=False)
            if problem.hint:
                err.print(f"  → {problem.hint}", markup=False)
            raise typer.Exit(problem.exit_code) from None
        except Exception as fault:
            if type(fault).__module__.split(".")[0] in {"click", "typer"}:  # its own way to stop
                raise
            raise typer.Exit(_fault(fault)) from None


def _fault(fault: BaseException) -> int:
    stamp = datetime.now().isoformat(timespec="seconds")
    with FAULTS.open("a", encoding="utf-8") as log:
        log.write(f"{stamp}\n{''.join(traceback.format_exception(fault))}\n")
    err.print("故障 fault", style="bold red", end=" ")
    err.print(f"{type(fault).__name__}: {fault}", markup=False)
    err.print(f"  → details are in {FAULTS}; please report it with that file", markup=False)
    return 3


app = typer.Typer(
    cls=_Group,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    help="企业信用风险引擎 · Point-in-time credit risk of the enterprises of a zone: "
    "from departments' records to explained scores, grades and warnings.",
    epilog="Start with `credit-risk demo`. Exit codes: 0 done, 1 a check said no, 2 wrong input, 3 fault.",
)


class BookFolder:
    """Where the book is looked for; set once by ``--book``."""

    path = Path(".")


@app.callback()
def _book(
    book: Annotated[
        Path, typer.Option("--book", help="Folder of the zone's book, or any folder below it.")
    ] = Path("."),
) -> None:
    BookFolder.path = book


def print_json(value: object) -> None:
    """Print one JSON object on stdout, plainly."""
    typer.echo(json.dumps(value, ensure_ascii=False, indent=1, default=str))
