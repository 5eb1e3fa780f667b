"""``credit-risk relate``: why two enterprises are related."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from credit_risk.cli.app import BookFolder, Json, app, out, print_json
from credit_risk.cli.score import AsOf, as_known
from credit_risk.graph.network import Network
from credit_risk.graph.views import paths_between
from credit_risk.records.uscc import normalise
from credit_risk.zone import Book

__all__: list[str] = []


@app.command()
def relate(
    one: Annotated[str, typer.Argument(metavar="USCC")],
    other: Annotated[str, typer.Argument(metavar="USCC")],
    as_of: AsOf,
    most: Annotated[int, typer.Option(min=1, max=20, help="How many ways at most.")] = 3,
    as_json: Json = False,
) -> None:
    """关联路径 · Show why two enterprises are related: the shortest ways of up to four hops, each hop with its source.

    Example: `credit-risk relate 91310115MA1K3YJ12X 91310115MA0537410A --as-of 2026-06-30`
    """
    book = Book.open(BookFolder.path)
    network = Network.of(book.graph, as_known(as_of))
    paths = paths_between(network, normalise(one), normalise(other), most=most)
    if as_json:
        print_json({"paths": [asdict(path) for path in paths]})
        return
    if not paths:
        out.print("  四层以内没有关联路径 no path within four hops")
    for path in paths:
        out.print(f"  {path.nodes[0]}", markup=False)
        for node, tie in zip(path.nodes[1:], path.ties, strict=True):
            title = book.rules.relations[tie.kind].title
            source = f"{tie.source}/{tie.record_id[:12]}"
            out.print(f"    └ {title.zh} {title.en}, {tie.since} 起 on, {source}", markup=False, style="dim")
            out.print(f"  {node}", markup=False)
