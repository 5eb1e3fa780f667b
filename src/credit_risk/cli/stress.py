"""``credit-risk stress``: play a shock of the book through the current snapshot and the relations known at its time."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from rich.table import Table

from credit_risk.cli.app import BookFolder, Json, app, err, out, print_json
from credit_risk.cli.progress import Step
from credit_risk.errors import InputError, nearest
from credit_risk.graph.network import Network
from credit_risk.warnings.area import Stress, stress
from credit_risk.zone import Book

__all__: list[str] = []

SHOWN = 10


@app.command(name="stress")
def play(
    scenario: Annotated[str, typer.Argument(help="A scenario of the book (models/scenarios.yaml).")],
    most: Annotated[int, typer.Option(help="How many of those reached to show, with their paths.")] = SHOWN,
    as_json: Json = False,
) -> None:
    """冲击推演 · Play a shock to an industry, an area or a key node through; nothing is stored or warned of.

    Example: `credit-risk stress trade-downturn`
    """
    book = Book.open(BookFolder.path)
    known = book.rules.scenarios
    if scenario not in known:
        hint = nearest(scenario, known) or f"scenarios of this book: {', '.join(known)}"
        raise InputError(f"没有情景 no scenario {scenario!r} in this book", hint=hint)
    current = book.snapshots.current()
    if current is None:
        raise InputError(
            "尚无已发布的评分 no published snapshot yet", hint="score first: credit-risk score --as-of DATE"
        )
    people = book.snapshots.read(current)[["subject", "pd"]]
    groups = book.snapshots.read(current, "indicators")[["subject", "industry", "zone"]]
    with Step("冲击推演", "Playing the shock through"):
        found = stress(
            known[scenario], people.merge(groups, on="subject"), Network.of(book.graph, current[:10])
        )
    told = _told(found, most)
    if as_json:
        print_json({"snapshot": current, **told})
    else:
        _show(found, told, {n: r.title.zh for n, r in book.rules.relations.items()}, len(people))


def _told(found: Stress, most: int) -> dict[str, Any]:
    reached = found.table[found.table["role"] == "reached"].head(most)
    paths = [found.spread.path(subject) for subject in reached["subject"]]
    return {
        "scenario": found.scenario.scenario,
        "hit": found.hit,
        "reached": found.reached,
        "expected_events_before": round(found.expected_before, 3),
        "expected_events_after": round(found.expected_after, 3),
        "most_moved": [
            {
                "subject": row.subject, "pd": row.pd, "pd_after": row.pd_after, "strength": row.strength,
                "path": [] if path is None else path.path.nodes,
                "relations": [{"kind": t.kind, "record_id": t.record_id} for t in path.path.ties] if path else [],
            }
            for row, path in zip(reached.itertuples(), paths, strict=True)
        ],
    }  # fmt: skip


def _show(found: Stress, told: dict[str, Any], titles: dict[str, str], people: int) -> None:
    table = Table(box=None, header_style="bold")
    for head in ("企业 enterprise", "PD", "冲击后 after", "路径 path"):
        table.add_column(head, no_wrap=head != "路径 path")
    for row in told["most_moved"]:
        kinds = [titles[t["kind"]] for t in row["relations"]]
        path = (
            row["path"][0] + "".join(f" —{k}→ {n}" for k, n in zip(kinds, row["path"][1:], strict=True))
            if kinds
            else ""
        )
        table.add_row(row["subject"], f"{row['pd']:.2%}", f"{row['pd_after']:.2%}", path)
    out.print(table)
    title = found.scenario.title
    err.print(
        f"  {title.zh} {title.en}: 直接受冲击 hit {found.hit:,} · 经关联波及 reached {found.reached:,} · "
        f"未受影响 unmoved {people - len(found.table):,} · "
        f"预期事件 expected events {found.expected_before:,.1f} → {found.expected_after:,.1f}",
        markup=False,
    )  # fmt: skip
