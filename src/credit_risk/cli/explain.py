"""``credit-risk explain``: why an enterprise has its score."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from credit_risk.cli.app import BookFolder, Json, app, out, print_json
from credit_risk.errors import InputError
from credit_risk.explain.paths import with_paths
from credit_risk.graph.network import Network
from credit_risk.zone import Book

__all__ = ["show"]


@app.command()
def explain(
    subject: Annotated[str, typer.Argument(metavar="USCC", help="Unified social credit code.")],
    snapshot: Annotated[str | None, typer.Option(help="A snapshot id; the published one by default.")] = None,
    paths: Annotated[
        bool, typer.Option(help="Show the way to every neighbour that a reason speaks of.")
    ] = False,
    as_json: Json = False,
) -> None:
    """解释评分 · Show the stored score of an enterprise with its reasons, down to the records behind them.

    Example: `credit-risk explain 91310115MA1K3YJ12X`
    """
    book = Book.open(BookFolder.path)
    chosen = snapshot or book.snapshots.current()
    if chosen is None:
        raise InputError("nothing has been scored yet", hint="credit-risk score --as-of DATE")
    row = book.snapshots.row(chosen, subject)
    if row is None:
        raise InputError(f"{subject} is not in snapshot {chosen}", hint="check the code and the date")
    if paths:
        network = Network.of(book.graph, row["as_of"])
        row = row | {"reasons": with_paths(book.rules, network, subject, row["reasons"])}
    if as_json:
        print_json(
            {
                **row,
                "as_of": str(row["as_of"]),
            }
        )
    else:
        show(row)


def show(row: dict[str, Any]) -> None:
    """Print one score with its reasons."""
    out.print(f"[bold]{row['subject']}[/]  截至 as of {str(row['as_of'])[:10]}  {row['model_id']}")
    if not row["scorable"]:
        out.print(f"  不可评分 not scorable because: {row['why_not']}", markup=False)
        return
    out.print(
        f"  分数 score {row['shown_score']:.1f}  违约概率 PD {row['pd']:.2%}  "
        f"等级 grade {row['grade']} ({row['public_class']})  同业 peers {row['peer_group']}",
        markup=False,
    )
    for reason in row["reasons"]:
        colour = "red" if reason["points"] < 0 else "green"
        out.print(f"  [{colour}]{reason['points']:+7.1f}[/]  {reason['title']['zh']} {reason['title']['en']}")
        for shown in reason["indicators"]:
            out.print(f"           {shown['says']['zh']}", markup=False)
            out.print(f"           {shown['says']['en']}", markup=False, style="dim")
            for record in shown["evidence"]:
                about = "" if record["about"] == row["subject"] else f" · {record['about']}"
                out.print(
                    f"             {record['kind']} {record['event_date']}, 收到 received "
                    f"{record['received_at'][:10]}, {record['source']}/{record['record_id'][:8]}{about}",
                    markup=False,
                    style="dim",
                )
            for path in shown.get("paths", []):
                out.print(f"             {_told(path)}", markup=False, style="dim")
    out.print(
        f"  {row['base_points']:+7.1f}  平均起点 average start; 其他 others {row['other_points']:+.1f}; "
        f"合计 sum {row['shown_score']:.1f}",
        markup=False,
    )


def _told(path: dict[str, Any]) -> str:
    hops = [
        f"—[{h['kind']} {h['since']} {h['source']}/{h['record_id'][:8]}]→ {h['to']}" for h in path["hops"]
    ]
    return f"路径 path: {path['hops'][0]['from']} " + " ".join(hops)
