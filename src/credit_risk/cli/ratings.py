"""``credit-risk ratings``: how far departments' ratings and the engine agree, and which enterprises need a look."""

from __future__ import annotations

from dataclasses import asdict

import pandas as pd
import typer
from rich.table import Table

from credit_risk.cli.app import BookFolder, Json, app, out, print_json
from credit_risk.errors import InputError
from credit_risk.policy.fusion import agreement, conflicts
from credit_risk.records import day_of
from credit_risk.zone import Book

__all__: list[str] = []
SHOWN = 20
HEADS = (
    "评级方 rater",
    "对照 other",
    "家数 n",
    "一致 same",
    "差一级内 within 1",
    "κ 线性 linear",
    "κ 平方 squared",
)


@app.command()
def ratings(
    as_of: str = typer.Option(..., "--as-of", help="Day of a stored snapshot."), as_json: Json = False
) -> None:
    """互认融合 · Agreement of every two raters (weighted kappa), the fused class, and conflicts for review.

    Example: `credit-risk ratings --as-of 2026-06-30`
    """
    book = Book.open(BookFolder.path)
    day = day_of(as_of)
    fusion = next((f for f in book.rules.fusions.values() if f.holds(day)), None)
    if fusion is None:
        raise InputError(f"no rule of fusion holds on {day}", hint="fusions in models/")
    snapshot = book.snapshots.on(day, book.champion()[1].credit.model_id)
    standings = book.policy.all(snapshot, day)
    rows = pd.DataFrame([{"subject": s.subject, **r} for s in standings for r in s.ratings])
    valid = rows[rows["state"] == "valid"]
    wide = valid.pivot(index="subject", columns="rater", values="public")
    wide["engine"] = pd.Series({s.subject: s.model_public for s in standings})
    wide["fused"] = pd.Series({s.subject: s.fused for s in standings})
    agreed = agreement(wide)
    review = conflicts(rows, fusion.conflict_gap)
    if as_json:
        print_json(
            {
                "rule": fusion.title.model_dump(),
                "basis": fusion.basis,
                "agreement": [asdict(a) for a in agreed],
                "states": rows["state"].value_counts().to_dict(),
                "conflicts": review.to_dict("records"),
            }
        )
        return
    table = Table(
        box=None, header_style="bold", title=f"{fusion.title.zh}\n{fusion.title.en} — {fusion.basis}"
    )
    for head in HEADS:
        table.add_column(head, no_wrap=True)
    for a in agreed:
        kappas = ["—" if k is None else f"{k:.2f}" for k in (a.kappa_linear, a.kappa_quadratic)]
        table.add_row(a.one, a.other, f"{a.n:,}", f"{a.same:.0%}", f"{a.within_one:.0%}", *kappas)
    out.print(table)
    out.print(f"  待复核 for review: {len(review):,}", markup=False)
    for row in review.head(SHOWN).itertuples():
        out.print(f"  {row.subject}  {row.best}  ↔  {row.worst}", markup=False)
