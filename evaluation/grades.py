"""Grades of the practice zone judged as grades on the part out of time: ``python -m evaluation.results grades``.

It takes the zone that ``zone`` left. Every grade's observed rate against its PD, segments, and for the union and each
head the worst-decile capture and ROC-AUC of the champion, the scorecard on the same rows, and the oracle. Each
enterprise counts with the row of one as-of date, drawn for it at random, where a test takes rows as independent.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from credit_risk.evaluation.calibrated import chance_all_inside, grade_tests, once, overall
from credit_risk.evaluation.challengers import fit_challenger
from credit_risk.evaluation.metrics import capture, roc_auc
from credit_risk.evaluation.monitor.drift import holm
from credit_risk.evaluation.segments import judge_segments, segment_values
from credit_risk.models.model import CreditModel
from credit_risk.zone import Book, Trained
from evaluation.oracle import oracle_hazard

__all__ = ["judge_grades", "page"]

LEAST_GRADES = 8


def judge_grades(book: Book, known_at: str) -> dict[str, Any]:
    """Return the figures of the book's champion recipe and its heads, trained as known at ``known_at``."""
    recipe = book.recipe()
    trained = book.train(recipe.recipe, known_at=known_at)
    rows = trained.training.part("test")
    ranked = {recipe.recipe: _ranked(book, trained)}
    for head in recipe.heads:
        ranked[head] = _ranked(book, book.train(head, known_at=known_at))
    values = segment_values(book.records, book.rules.settings.segments, rows)
    pds = trained.model.credit.pd(rows)
    found = judge_segments(values, rows["label"].to_numpy(np.int64), pds)
    segments = [
        {"by": s.by, "value": s.value, "n": s.n, "bad": s.bad, "roc_auc": s.auc, "gap": s.gap}
        for s in found
        if s.enough
    ]
    return {**by_grade(trained.model.credit, rows), "ranked": ranked, "segments": segments}


def by_grade(model: CreditModel, rows: pd.DataFrame) -> dict[str, Any]:
    """Return the tests of each grade, p-values after Holm's correction, and over all rows."""
    kept = rows.iloc[once(rows["subject"], rows["as_of"])]
    y, pds = kept["label"].to_numpy(np.int64), model.pd(kept)
    grades = model.scale.grade(pds)
    tests = grade_tests(grades, y, pds, model.scale.grades)
    adjusted = holm([t.binomial for t in tests])
    told = [{**t.to_json(), "holm": float(p)} for t, p in zip(tests, adjusted, strict=True)]
    return {
        "enterprises": len(kept),
        "grades": told,
        "overall": overall(grades, y, pds).to_json(),
        "chance_all_inside": chance_all_inside(tests),
    }


def _ranked(book: Book, trained: Trained) -> dict[str, Any]:
    """Return how champion, scorecard and oracle rank the same rows."""
    model, rows = trained.model.credit, trained.training.part("test")
    card = fit_challenger("scorecard", trained.recipe, trained.training, model, trained.groups)
    y = rows["label"].to_numpy(np.int64)
    by: dict[str, npt.NDArray[np.float64]] = {
        "champion": model.pd(rows),
        "scorecard": card.pd(model.encoder.matrix(rows)),
        "oracle": oracle_hazard(book, trained.recipe, rows),
    }
    return {name: {"capture": capture(y, p), "roc_auc": roc_auc(y, p)} for name, p in by.items()}


def page(kept: dict[str, Any]) -> list[str]:
    """Return the section of ``RESULTS.md``."""
    told = kept["result"]
    inside, joint = (sum(t[band] for t in told["grades"]) for band in ("inside", "inside_joint"))
    lines = [
        "",
        "## grades",
        "",
        f"Practice zone, out of time, one row each of {told['enterprises']:,} enterprises; simulated. {kept['date']},",
        f"{kept['machine']}. The mean PD lies within the 95 % band of the observed rate in **{inside} of"
        f" {len(told['grades'])}** grades",
        f"(asked: all of at least {LEAST_GRADES}); a model that is right in every grade has all inside with a chance of"
        f" {told['chance_all_inside']:.0%}.",
        f"Within the *joint* band, in which all right grades lie together in 95 % of samples: {joint} of"
        f" {len(told['grades'])}. *Holm* is the exact",
        "binomial p corrected for the number of grades.",
        "",
        "| grade | enterprises | bad | mean PD | observed | 95 % band | inside | joint band | Holm |",
        "|---|---:|---:|---:|---:|---:|---|---:|---:|",
    ]
    lines += [
        f"| {t['grade']} | {t['n']:,} | {t['bad']:,} | {t['pd']:.2%} | {t['rate']:.2%} |"
        f" {t['low']:.2%}–{t['high']:.2%} | {'yes' if t['inside'] else '**no**'} |"
        f" {t['joint_low']:.2%}–{t['joint_high']:.2%} | {t['holm']:.3f} |"
        for t in told["grades"]
    ]
    lines += ["", "| recipe | by | worst-decile capture | ROC-AUC |", "|---|---|---:|---:|"]
    lines += [
        f"| {recipe} | {by} | {f['capture']:.1%} | {f['roc_auc']:.3f} |"
        for recipe, several in told["ranked"].items()
        for by, f in several.items()
    ]
    lines += ["", "| segment | rows | bad | ROC-AUC | observed less foreseen |", "|---|---:|---:|---:|---:|"]
    lines += [
        f"| {s['by']}: {s['value']} | {s['n']:,} | {s['bad']:,} | {s['roc_auc']:.3f} | {s['gap']:+.2%} |"
        for s in told["segments"]
    ]
    return lines
