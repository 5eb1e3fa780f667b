"""``credit-risk lists``: the mirrored list, the candidates of the other, and what changed since a day."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

import pandas as pd
import typer

from credit_risk.cli.app import BookFolder, Json, app, out, print_json
from credit_risk.policy.facts import facts_at
from credit_risk.policy.lists import candidates, changes, list_rule, mirrored
from credit_risk.records import day_of
from credit_risk.zone import Book

__all__: list[str] = []


@app.command()
def lists(
    name: Annotated[str, typer.Argument(help="A list of the book.")],
    as_of: Annotated[str, typer.Option(help="Day.")],
    since: Annotated[str | None, typer.Option(help="Tell what was added and removed since a day.")] = None,
    as_json: Json = False,
) -> None:
    """两类名单 · Mirror the statutory lists, or propose candidates of the other. Nothing here enters anybody.

    Example: `credit-risk lists severe --as-of 2026-06-30 --since 2026-05-31`
    """
    book = Book.open(BookFolder.path)
    rule = list_rule(book.rules, name, day_of(as_of))
    entries = _entries(book, name, as_of)
    told: dict[str, Any] = {
        "list": name, "kind": rule.kind, "as_of": as_of, "basis": rule.basis, "remedy": rule.remedy.model_dump(),
        "state": "mirrored" if rule.kind == "mirror" else "proposed", "entries": entries,
    }  # fmt: skip
    if since:
        before = {e["subject"] for e in _entries(book, name, since)}
        told["changes"] = changes(before, {e["subject"] for e in entries})
    if as_json:
        print_json(told)
        return
    out.print(f"{rule.title.zh} {rule.title.en} · {as_of} · {len(entries):,} — {rule.basis}", markup=False)
    for e in entries[:50]:
        out.print(
            f"  {e['subject']}  {e.get('title', '')}  {e.get('record_id', '')}  {e.get('pd', '')}",
            markup=False,
        )
    for word, subjects in told.get("changes", {}).items():
        out.print(f"  {word}: {', '.join(subjects) or '—'}", markup=False)


def _entries(book: Book, name: str, t: str) -> list[dict[str, Any]]:
    rule = list_rule(book.rules, name, day_of(t))
    if rule.kind == "mirror":
        rows = mirrored(rule, facts_at(book.records, t))
        kinds = book.rules.records
        return [  # a mirror adds nothing to what the deciding department said
            {
                "subject": r.subject,
                "kind": r.kind,
                "title": kinds[r.kind].title.zh,
                "department": kinds[r.kind].department,
                "basis": kinds[r.kind].basis,
                "record_id": r.record_id,
                "from": str(r.event_date)[:10],
                "until": None if pd.isna(r.usable_until) else str(r.usable_until)[:10],
            }
            for r in rows.itertuples()
        ]  # fmt: skip
    snapshot = book.snapshots.on(day_of(t), book.champion()[1].credit.model_id)
    scores = book.snapshots.read(snapshot).set_index("subject")
    pds = scores.loc[scores["scorable"], "pd"].to_dict()
    chosen = candidates(rule, book.policy.all(snapshot, day_of(t)), pds, _months(book, t))
    return [{"subject": s, "pd": round(pds[s], 6), "state": "proposed"} for s in chosen]


def _months(book: Book, t: str) -> dict[str, int]:
    rows = book.records.as_of("registration", t).select("subject", "established").to_pandas()
    today: date = day_of(t)
    days = pd.to_datetime(rows["established"])
    months = (today.year - days.dt.year) * 12 + today.month - days.dt.month - (days.dt.day > today.day)
    return dict(zip(rows["subject"], months.astype(int), strict=True))
