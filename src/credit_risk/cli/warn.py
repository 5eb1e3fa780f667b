"""``credit-risk warn``: the warnings of the current snapshot."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict
from datetime import datetime

import pandas as pd
from rich.table import Table

from credit_risk.cli import score as scoring
from credit_risk.cli.app import BookFolder, Json, app, err, out, print_json
from credit_risk.cli.progress import Step
from credit_risk.cli.score import AsOf, as_known
from credit_risk.cli.train import RecipeName
from credit_risk.explain import Snapshot
from credit_risk.warnings import LEVELS, Warned
from credit_risk.warnings.ledger import Folded
from credit_risk.zone import Book

__all__ = ["fold", "run", "show", "show_cases", "show_first", "show_leads"]

TITLES = {"red": "红", "orange": "橙", "yellow": "黄", "blue": "蓝"}
FIRST, SHOWN = 10, 4  # cases, and signals of each


@app.command()
def warn(as_of: AsOf, recipe: RecipeName = None, as_json: Json = False) -> None:
    """风险预警 · Score as known at a time and raise the warnings: leads with evidence, for people to judge.

    Example: `credit-risk warn --as-of 2026-06-30 --json`
    """
    book = Book.open(BookFolder.path)
    snapshot = scoring.run(book, as_of, recipe)
    warned = run(book, as_of, snapshot)
    folded = fold(book, as_of, snapshot, warned)
    scoring.tell_ahead(book, snapshot)
    if as_json:
        told = {"without_evidence": warned.without_evidence, "cases": asdict(folded)}
        found = [asdict(lead) for lead in warned.leads]
        print_json({**told, "warnings": as_json_rows(warned.warnings), "leads": found})
    else:
        show(warned)
        show_leads(warned)
        show_cases(folded)
        show_first(book)


def fold(book: Book, t: datetime, snapshot: Snapshot, warned: Warned) -> Folded:
    """Fold the warnings into the ledger with progress."""
    with Step("登记预警", "Entering the ledger"):
        return book.fold(as_known(t), snapshot, warned)


def run(book: Book, t: datetime, snapshot: Snapshot) -> Warned:
    """Raise the warnings of a snapshot with progress."""
    with Step("风险预警", "Raising warnings"):
        return book.warn(as_known(t), snapshot)


def as_json_rows(table: pd.DataFrame) -> list[dict[str, object]]:
    """Return warnings as plain JSON types."""
    plain = table.astype(object).where(table.notna(), None).to_dict("records")
    return [{**row, "as_of": str(row["as_of"]), "signals": json.loads(row["signals"])} for row in plain]


def show(warned: Warned) -> None:
    """Print how many warnings of which level there are."""
    counts = warned.warnings["level"].value_counts()
    said = [f"{TITLES[level]} {level} {int(counts.get(level, 0)):,}" for level in LEVELS]
    err.print(
        f"  {' · '.join(said)}    预警是线索，由人判断 a warning is a lead, people decide", markup=False
    )


def show_leads(warned: Warned) -> None:
    """Print how many leads of violation there are, and for whom."""
    if not warned.leads:
        return
    told = Counter(lead.department for lead in warned.leads).most_common()
    backed = sum(bool(lead.patterns) for lead in warned.leads)
    departments = " · ".join(f"{name} {count:,}" for name, count in told)
    err.print(
        f"  违法违规线索 leads {len(warned.leads):,}，其中图谱模式佐证 backed by patterns {backed:,}: {departments}",
        markup=False,
    )


def show_cases(folded: Folded) -> None:
    """Print what became of the warnings."""
    err.print(
        f"  新开 opened {folded.opened:,} · 更新 refreshed {folded.refreshed:,} · 重开 reopened {folded.reopened:,} · "
        f"修复关闭 closed by repair {folded.closed_by_repair:,} · 冷却 cooled down {folded.cooled_down:,} · "
        f"超出处理能力 over budget {folded.over_budget:,} · 在办 open {folded.open_after:,}/{folded.budget:,}",
        markup=False,
    )


def show_first(book: Book) -> None:
    """Print the open cases to look at first, in the order of work: level, enterprise, due day, what was found."""
    queue = book.ledger.queue(limit=FIRST)
    if not queue.cases:
        return
    table = Table(box=None, header_style="bold")
    for head in ("等级 level", "企业 enterprise", "限期 due", "预警信号 signals"):
        table.add_column(head, no_wrap=not head.startswith("预警"))
    for case in queue.cases:
        found = " ".join(f"{signal['signal']}{signal['title']['zh']}" for signal in case.signals[:SHOWN])
        found += f" 等{len(case.signals)}项" if len(case.signals) > SHOWN else ""
        table.add_row(f"{TITLES[case.level]} {case.level}", case.subject, case.due_on, found)
    out.print(table)
    err.print(
        f"  先看前 {len(queue.cases)} 件，共 {queue.total:,} 件在办 first of {queue.total:,} open",
        markup=False,
    )
