"""``credit-risk users``: open, list and close the accounts of the console."""

from __future__ import annotations

from typing import Annotated

import typer

from credit_risk.book import open_rules
from credit_risk.cli.app import BookFolder, app, err
from credit_risk.serving.people import People
from credit_risk.store import open_store

__all__ = ["people"]

group = typer.Typer(no_args_is_help=True, help="人员 · Accounts of the console: who signs in, in which role.")
app.add_typer(group, name="users")


@group.command()
def add(
    user_id: Annotated[
        str, typer.Argument(metavar="ID", help="Letters and digits; what is typed to sign in.")
    ],
    name: Annotated[str, typer.Option(help="The person's name; it stands in every decision.")],
    role: Annotated[str, typer.Option(help="A role of the book.")],
    password: Annotated[
        str,
        typer.Option(
            prompt=True, confirmation_prompt=True, hide_input=True, help="Asked for when not given."
        ),
    ],
) -> None:
    """开通账号 · Open an account.

    Example: `credit-risk users add wang --name 王监管 --role supervisor`
    """
    people().add(user_id, name, role, password)
    err.print(f"  {user_id} {name} ({role}) 已开通 opened", markup=False)


@group.command(name="list")
def show() -> None:
    """查看账号 · List all accounts."""
    for one in people().all():
        state = f"停用 closed {one.closed_at}" if one.closed_at else "有效 living"
        err.print(f"  {one.user_id}  {one.name}  {one.role}  {state}", markup=False)


@group.command()
def close(user_id: Annotated[str, typer.Argument(metavar="ID")]) -> None:
    """停用账号 · Close an account and end its sessions."""
    people().close(user_id)
    err.print(f"  {user_id} 已停用 closed", markup=False)


def people() -> People:
    """Return the people of the book."""
    rules = open_rules(BookFolder.path)
    return People(open_store(rules.var), rules)
