"""Champion against challenger: both scored the same day, grade by grade, and whom the challenger would move."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

import pandas as pd
from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import HTMLResponse

from credit_risk.errors import InputError
from credit_risk.serving.console.health import history_of, monitored
from credit_risk.serving.console.library import reports_about
from credit_risk.serving.console.render import page
from credit_risk.serving.console.session import AtDesk, Look, may, note
from credit_risk.serving.desk import Desk, Published

__all__ = ["Comparison", "compare", "router"]

router = APIRouter()
MOST = 50


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two models on the same enterprises of one day.

    ``rows`` has per grade of the champion the counts by grade of the challenger; ``better`` and ``worse`` count those
    whose public class the challenger would raise or lower; ``swaps`` holds those that move farthest, ``correlation`` is
    Spearman's of the two PDs.
    """

    enterprises: int
    rows: list[tuple[str, list[int]]]
    same: float
    better: int
    worse: int
    correlation: float
    swaps: list[dict[str, Any]]


@router.get("/models/{recipe}")
def show(
    request: Request, desk: AtDesk, look: Annotated[Look, Depends(may("model.evaluate"))], recipe: str
) -> HTMLResponse:
    """Return the page of one recipe: its champion, its challenger, and the swap set between them."""
    if recipe not in desk.rules.recipes:
        raise HTTPException(404)
    history, published = history_of(desk), desk.published()
    champion, challenger = history.champion(recipe), history.challenger(recipe)
    found, missing = None, None
    if champion and challenger and published:
        try:
            key = f"compare {challenger.model_id}"
            found = desk.once(
                key, published, lambda: _both(desk, published, champion.model_id, challenger.model_id)
            )
        except InputError as problem:
            missing = problem
    named = [
        (e, reports_about(desk, e.model_id), monitored(desk, e.model_id)) for e in (champion, challenger) if e
    ]
    note(desk, look, "model.compare", recipe)
    return page(
        request, look, "compare.html", recipe=desk.rules.recipes[recipe], champion=champion, challenger=challenger,
        found=found, missing=missing, named=named, grades=desk.rules.grades,
        entry=published.directory.entry if published else None,
    )  # fmt: skip


def compare(ours: pd.DataFrame, theirs: pd.DataFrame, grades: list[str]) -> Comparison:
    """Compare two score tables (subject, scorable, pd, grade, public_class), the champion's first."""
    wanted = ["pd", "grade", "public_class"]
    parts = [t[t["scorable"].astype(bool)].set_index("subject")[wanted] for t in (ours, theirs)]
    both = parts[0].join(parts[1], rsuffix="_other", how="inner")
    counts = pd.crosstab(both["grade"], both["grade_other"]).reindex(
        index=grades, columns=grades, fill_value=0
    )
    place = {grade: i for i, grade in enumerate(grades)}
    moved = both["grade_other"].map(place) - both["grade"].map(place)
    classes = both["public_class_other"] != both["public_class"]
    order = pd.DataFrame({"far": -moved.abs(), "gap": -(both["pd_other"] - both["pd"]).abs()}).sort_values(
        ["far", "gap"]
    )
    swaps = both.loc[order.index][classes.loc[order.index]].head(MOST)
    return Comparison(
        enterprises=len(both), rows=[(g, [int(n) for n in counts.loc[g]]) for g in grades],
        same=float((moved == 0).mean()) if len(both) else 1.0, better=int((classes & (moved < 0)).sum()),
        worse=int((classes & (moved > 0)).sum()),
        correlation=float(both["pd"].corr(both["pd_other"], method="spearman")),
        swaps=swaps.rename_axis("subject").reset_index().to_dict("records"),
    )  # fmt: skip


def _both(desk: Desk, published: Published, champion: str, challenger: str) -> Comparison:
    day = published.as_of.date()
    ours, theirs = (desk.snapshots.read(desk.snapshots.on(day, model)) for model in (champion, challenger))
    return compare(ours, theirs, list(desk.rules.grades))
