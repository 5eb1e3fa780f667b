"""``credit-risk identity``: records that wait until somebody knows whom they mean."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from credit_risk.book import open_rules
from credit_risk.cli.app import BookFolder, Json, app, err, out, print_json
from credit_risk.records import Pool
from credit_risk.records.identity import Decisions
from credit_risk.records.identity import waiting as waiting_rows

__all__: list[str] = []

group = typer.Typer(
    no_args_is_help=True, help="主体识别 · Records without a unified code: who is meant, and who said so."
)
app.add_typer(group, name="identity")

Key = Annotated[str, typer.Argument(metavar="RECORD", help="Key of a waiting record, or its beginning.")]
By = Annotated[str, typer.Option(help="The person who decides.")]
Reason = Annotated[str, typer.Option(help="Why; it is kept with the decision.")]


def _pool() -> Pool:
    return Pool(open_rules(BookFolder.path))


@group.command()
def queue(as_json: Json = False) -> None:
    """待识别 · List the records that wait, likeliest first; none of them is used before it is linked.

    Example: `credit-risk identity queue`
    """
    rows = waiting_rows(_pool())
    if as_json:
        print_json({"waiting": [asdict(row) for row in rows]})
        return
    for row in rows:
        guess = f"可能是 perhaps {row.candidate} ({row.score:.1%})" if row.candidate else "无线索 no clue"
        out.print(f"{row.key[:12]}  {row.source}  {row.happened}  {row.given}  {guess}", markup=False)
    err.print(f"  {len(rows):,} 条待识别 waiting", markup=False)


@group.command()
def link(
    key: Key,
    subject: Annotated[str, typer.Argument(metavar="USCC", help="The enterprise that is meant.")],
    by: By,
    reason: Reason,
) -> None:
    """关联 · Say which enterprise a record means; the next ingest takes it in, known from now on.

    Example: `credit-risk identity link 3fa9c1 91310115MA1K3CUM7M --by 王复核 --reason 与登记档案核对一致`
    """
    made = Decisions(_pool()).link(key, subject, by, reason)
    err.print(f"  {made.key[:12]} → {made.subject} 已关联 linked; → credit-risk ingest", markup=False)


@group.command()
def reject(key: Key, by: By, reason: Reason) -> None:
    """不予关联 · Say that a record means no enterprise of ours; it is kept and never used.

    Example: `credit-risk identity reject 3fa9c1 --by 王复核 --reason 区外同名企业`
    """
    made = Decisions(_pool()).reject(key, by, reason)
    err.print(f"  {made.key[:12]} 不予关联 rejected", markup=False)
