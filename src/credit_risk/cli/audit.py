"""``credit-risk audit``: verify the chain of audit lines."""

from __future__ import annotations

from dataclasses import asdict

import typer

from credit_risk.book import open_rules
from credit_risk.cli.app import BookFolder, Json, app, err, print_json
from credit_risk.serving.audit import Audit
from credit_risk.store import open_store

__all__: list[str] = []

group = typer.Typer(no_args_is_help=True, help="审计 · The audit of what was served.")
app.add_typer(group, name="audit")


@group.callback()
def _audit() -> None:
    """Keep ``verify`` a command of its own."""


@group.command()
def verify(as_json: Json = False) -> None:
    """核验审计链 · Walk the chain of audit lines; exit code 1 when one was changed, taken out or put in.

    Example: `credit-risk audit verify`
    """
    head = Audit(open_store(open_rules(BookFolder.path).var)).verify()
    if as_json:
        print_json(asdict(head))
    else:
        err.print(f"  {head.lines:,} 条 lines, 链完整 chain whole, {head.hash}", markup=False)
