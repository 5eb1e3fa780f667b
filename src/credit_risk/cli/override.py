"""``credit-risk override``: human decisions outside the model, by two people."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, datetime
from typing import Annotated

import typer

from credit_risk.cli.app import BookFolder, Json, app, err, print_json
from credit_risk.errors import InputError
from credit_risk.policy import Override, Overrides
from credit_risk.serving.audit import Audit
from credit_risk.serving.people import People
from credit_risk.warnings.ledger import Person
from credit_risk.zone import Book

__all__ = ["acting"]

group = typer.Typer(
    no_args_is_help=True, help="人工决定 · Human decisions outside the model: two people, dated, logged."
)
app.add_typer(group, name="override")

By = Annotated[str, typer.Option("--by", help="Account id of the person who acts (credit-risk users).")]
Reason = Annotated[str, typer.Option("--reason", help="Why; kept on record.")]
OverrideId = Annotated[str, typer.Argument(metavar="ID")]


@group.command()
def propose(
    subject: Annotated[str, typer.Argument(metavar="USCC")],
    public: Annotated[str, typer.Option("--to", help="Public class A to D.")],
    by: By,
    reason: Reason,
    basis: Annotated[str, typer.Option(help="The rule that it rests on.")],
    expires: Annotated[
        datetime, typer.Option(formats=["%Y-%m-%d"], help="The first day on which it no longer binds.")
    ],
    starts: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Today by default.")] = None,
    as_json: Json = False,
) -> None:
    """提出决定 · Propose that an enterprise be treated as of a class; it binds once another person approves.

    Example: `credit-risk override propose 91310115MA1K3YJ12X --to B --by wang --reason "..." --basis "..."
    --expires 2026-12-31`
    """
    book = Book.open(BookFolder.path)
    first = starts.date() if starts else date.today()
    made = book.overrides.propose(
        subject,
        public,
        person=acting(book, by),
        reason=reason,
        basis=basis,
        starts=first,
        expires=expires.date(),
    )
    _tell(book, made, acting(book, by), "propose", as_json)


@group.command()
def approve(override_id: OverrideId, by: By, reason: Reason, as_json: Json = False) -> None:
    """复核同意 · Approve what another person proposed.

    Example: `credit-risk override approve OV-1a2b3c4d5e --by li --reason "核对无误"`
    """
    _decide(override_id, "approve", by, reason, as_json)


@group.command()
def refuse(override_id: OverrideId, by: By, reason: Reason, as_json: Json = False) -> None:
    """不同意 · Refuse what another person proposed."""
    _decide(override_id, "refuse", by, reason, as_json)


@group.command()
def end(override_id: OverrideId, by: By, reason: Reason, as_json: Json = False) -> None:
    """提前终止 · End a decision before its last day; the model's class counts again at once."""
    _decide(override_id, "end", by, reason, as_json)


@group.command(name="list")
def show(
    subject: Annotated[str | None, typer.Argument(metavar="USCC")] = None,
    at: Annotated[str | None, typer.Option(help="As it stood at a moment; now by default.")] = None,
    as_json: Json = False,
) -> None:
    """查看决定 · List decisions with their state, as it stood at a moment."""
    overrides: Overrides = Book.open(BookFolder.path).overrides
    found = overrides.of(subject, at) if subject else overrides.all(at)
    if as_json:
        print_json([asdict(one) for one in found])
        return
    for one in found:
        err.print(
            f"  {one.override_id}  {one.subject} → {one.public}  {one.state}  [{one.starts}, {one.expires})  "
            f"{one.author}  复核 {one.approver or '—'}  {one.reason}",
            markup=False,
        )


def acting(book: Book, user_id: str) -> Person:
    """Return the living account that acts; raises InputError when there is none."""
    living = {a.user_id: a for a in People(book.overrides.engine, book.rules).all() if not a.closed_at}
    if user_id not in living:
        raise InputError(
            f"no living account {user_id!r}", hint="credit-risk users add ID --name NAME --role ROLE"
        )
    account = living[user_id]
    return Person(account.user_id, account.name, account.role)


def _decide(override_id: str, act: str, by: str, reason: str, as_json: bool) -> None:
    book = Book.open(BookFolder.path)
    person = acting(book, by)
    _tell(book, book.overrides.decide(override_id, act, person=person, reason=reason), person, act, as_json)


def _tell(book: Book, one: Override, person: Person, act: str, as_json: bool) -> None:
    Audit(book.overrides.engine).write(
        actor=person.shown, role=person.role, scene="", action=f"override.{act}", subject=one.subject,
        result=f"{one.override_id} {one.public} {one.state}",
    )  # fmt: skip
    if as_json:
        print_json(asdict(one))
    else:
        err.print(f"  {one.override_id}: {one.subject} → {one.public}  {one.state}", markup=False)
