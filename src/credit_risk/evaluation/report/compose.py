"""A report's content from what the engine made: judged model, snapshot, warnings and file reports."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace

import pandas as pd

from credit_risk.book import Rules
from credit_risk.evaluation.backtest import Backtest
from credit_risk.evaluation.report.content import (
    Enterprise,
    Importance,
    PlainTable,
    ReportContent,
    SourceFile,
    WarningLine,
    Words,
)
from credit_risk.explain import Snapshot
from credit_risk.records import FileReport
from credit_risk.records.clock import Moment, day_of

__all__ = ["compose"]

ENTERPRISES, WARNINGS = 10, 20


def compose(
    rules: Rules,
    judged: Backtest,
    *,
    as_of: Moment,
    snapshot: Snapshot | None = None,
    warnings: pd.DataFrame | None = None,
    files: Sequence[FileReport] = (),
    lineage: Mapping[str, object] | None = None,
    notes: Sequence[Words] = (),
    tables: Sequence[PlainTable] = (),
) -> ReportContent:
    """Return the content of a report; what is not given has no section."""
    title, recipe = rules.settings.title, judged.recipe.title
    return ReportContent(
        title={"zh": f"{title.zh}评估报告", "en": f"{title.en}: evaluation"},
        recipe={"zh": recipe.zh, "en": recipe.en},
        model_id=judged.model.model_id,
        as_of=str(day_of(as_of)),
        lineage=lineage or judged.model.lineage,
        parts=judged.parts,
        grades=list(rules.grades.values()),
        importance=_importance(rules, snapshot) if snapshot else (),
        enterprises=_riskiest(snapshot) if snapshot else (),
        warnings=_warnings(warnings) if warnings is not None else (),
        sources=[_source(f) for f in files],
        variants=[replace(v, title=v.title or _variant_title(judged, v.name)) for v in judged.variants],
        notes=notes,
        tables=tables,
    )


def _importance(rules: Rules, snapshot: Snapshot) -> list[Importance]:
    points = snapshot.contributions.drop(columns="subject")
    trees = pd.Series({name: rules.indicators[name].tree for name in points.columns})
    grouped = points.T.groupby(trees).sum().T.abs().mean()
    return [
        Importance(path, {"zh": rules.tree[path].title.zh, "en": rules.tree[path].title.en}, value)
        for path, value in grouped.items()
    ]


def _riskiest(snapshot: Snapshot) -> list[Enterprise]:
    scored = snapshot.scores[snapshot.scores["scorable"]]
    worst = scored.sort_values(["pd", "subject"], ascending=[False, True]).head(ENTERPRISES)
    return [
        Enterprise(r.subject, r.shown_score, r.pd, r.grade, snapshot.reasons(r.subject))
        for r in worst.itertuples()
    ]


def _warnings(table: pd.DataFrame) -> list[WarningLine]:
    lines = []
    for row in table.head(WARNINGS).itertuples():
        signal = json.loads(row.signals)[0]
        lines.append(
            WarningLine(
                signal["signal"],
                row.level,
                signal["title"],
                signal["says"],
                row.subject,
                signal["department"],
                signal["action"],
            )
        )
    return lines


def _source(file: FileReport) -> SourceFile:
    return SourceFile(
        file.source, file.file, file.read, file.new, file.corrected, file.known, file.quarantined
    )


def _variant_title(judged: Backtest, name: str) -> Words | None:
    for variant in judged.recipe.variants:
        if variant.name == name and variant.title:
            return {"zh": variant.title.zh, "en": variant.title.en}
    return None
