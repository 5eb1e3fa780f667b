"""``credit-risk keys``: make, list and revoke the keys of calling systems and people."""

from __future__ import annotations

from typing import Annotated

import typer

from credit_risk.book import open_rules
from credit_risk.cli.app import BookFolder, app, err
from credit_risk.serving.access import Keys
from credit_risk.store import open_store

__all__: list[str] = []

group = typer.Typer(
    no_args_is_help=True, help="密钥 · Keys of the service: who calls, in which role, for which scenes."
)
app.add_typer(group, name="keys")


@group.command()
def make(
    name: Annotated[str, typer.Option(help="Person or system behind the key.")],
    role: Annotated[str, typer.Option(help="A role of the book.")],
    scene: Annotated[list[str], typer.Option(help="A scene of the book; may be repeated.")],
    days: Annotated[int, typer.Option(help="How long it lives; make the next one before it ends.")] = 365,
) -> None:
    """制发密钥 · Make a key; it is printed on stdout this once.

    Example: `credit-risk keys make --name 外汇系统 --role system --scene foreign_exchange`
    """
    typer.echo(_keys().make(name, role, scene, days))


@group.command(name="list")
def show() -> None:
    """查看密钥 · List all keys, without their secrets."""
    for one in _keys().all():
        state = f"停用 revoked {one.revoked_at}" if one.revoked_at else f"有效至 until {one.expires_at}"
        err.print(f"  {one.key_id}  {one.name}  {one.role}  {','.join(one.scenes)}  {state}", markup=False)


@group.command()
def revoke(key_id: Annotated[str, typer.Argument(help="The key's id, as listed.")]) -> None:
    """停用密钥 · Make a key useless from now on."""
    _keys().revoke(key_id)
    err.print(f"  {key_id} 已停用 revoked", markup=False)


@group.command()
def rotate(
    key_id: Annotated[str, typer.Argument(help="The id of the key to follow, as listed.")],
    overlap: Annotated[int, typer.Option(help="Days for which the old one still works.")] = 7,
    days: Annotated[int, typer.Option(help="How long the new one lives.")] = 365,
) -> None:
    """轮换密钥 · Make the next key of the same caller; it is printed on stdout this once, the old one ends soon.

    Example: `credit-risk keys rotate 3f9a1c20b7de --overlap 7`
    """
    typer.echo(_keys().rotate(key_id, overlap, days))


def _keys() -> Keys:
    rules = open_rules(BookFolder.path)
    return Keys(open_store(rules.var), rules)
