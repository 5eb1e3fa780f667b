"""Files that act on other files: repairs, withdrawals, objections and their ends, shielding in a reorganisation."""

from __future__ import annotations

import numpy as np

from credit_risk.simulation.draws import RECEIVED, SUBJECT, Draws, Scene, Sheet

__all__ = ["life_sheets"]

# File repaired -> (file of repairs, column of the document, prefix, share repaired, months at least, at most).
REPAIRS = {
    "行政处罚.csv": ("信用修复_行政处罚.csv", "行政处罚决定书文号", "XF1", 0.25, 90, 400),
    "经营异常名录.csv": ("信用修复_经营异常名录.csv", "列入决定书文号", "XF2", 0.45, 30, 300),
    "失信被执行人.csv": ("信用修复_失信被执行人.csv", "案号", "XF3", 0.25, 120, 600),
}


def life_sheets(scene: Scene, seed: int, sheets: list[Sheet]) -> list[Sheet]:
    """Return repairs of penalties, abnormal listings and dishonest enforcement, and what else acts on records."""
    by_file = {sheet.file: sheet for sheet in sheets}
    made = [
        _acts(Draws(scene, seed, file), by_file[acted], file, number, prefix, share, low, high)
        for acted, (file, number, prefix, share, low, high) in REPAIRS.items()
    ]
    penalties = by_file["行政处罚.csv"]
    withdrawn = _acts(
        Draws(scene, seed, "withdrawal"), penalties,
        "撤销_行政处罚.csv", "行政处罚决定书文号", "CX", 0.01, 20, 120,
    )  # fmt: skip
    objected = _acts(
        Draws(scene, seed, "objection"), penalties,
        "信用异议_行政处罚.csv", "行政处罚决定书文号", "YY", 0.04, 5, 200,
    )  # fmt: skip
    decided = _decided(Draws(scene, seed, "objection_end"), objected)
    return [*made, withdrawn, objected, decided, _shielded(Draws(scene, seed, "shield"), by_file)]


def _decided(draws: Draws, objected: Sheet) -> Sheet:
    """Nine objections of ten are decided within a few weeks; the others are still open at the end."""
    columns = objected.take(np.flatnonzero(draws.rng.random(len(objected)) < 0.9))
    wait = draws.rng.integers(5, 40, len(columns[SUBJECT])).astype("timedelta64[D]")
    day = columns["决定日期"] + wait
    return draws.sheet(
        "异议办结_行政处罚.csv", "决定编号", "YB", draws.receipts(day, 0, 2),
        {SUBJECT: columns[SUBJECT], "原文书号": columns["原文书号"], "决定日期": day},
    )  # fmt: skip


def _shielded(draws: Draws, by_file: dict[str, Sheet]) -> Sheet:
    """A reorganisation that a court approved shields the earlier listings as a dishonest debtor."""
    cases, listed = by_file["破产案件.csv"].columns, by_file["失信被执行人.csv"].columns
    plans = cases["程序"] == "破产重整"
    approved = dict(
        zip(cases[SUBJECT][plans], cases["受理日期"][plans] + np.timedelta64(150, "D"), strict=True)
    )
    rows = np.flatnonzero(np.isin(listed[SUBJECT], list(approved)))
    rows = rows[[listed["立案日期"][r] < approved[listed[SUBJECT][r]] for r in rows]] if len(rows) else rows
    day = np.array([approved[listed[SUBJECT][r]] for r in rows], dtype="datetime64[D]")
    return draws.sheet(
        "重整屏蔽_失信被执行人.csv", "决定编号", "PB", draws.receipts(day, 0, 5),
        {SUBJECT: listed[SUBJECT][rows], "原文书号": listed["案号"][rows], "决定日期": day},
    )  # fmt: skip


def _acts(
    draws: Draws, acted: Sheet, file: str, number: str, prefix: str, share: float, low: int, high: int
) -> Sheet:
    """Choose records that are acted on, and date the act after the record was received."""
    chosen = np.flatnonzero(draws.rng.random(len(acted)) < share)
    columns = acted.take(chosen)
    after = draws.rng.integers(low, high, len(chosen)).astype("timedelta64[D]")
    day = columns[RECEIVED].astype("datetime64[D]") + after
    return draws.sheet(
        file, "决定编号", prefix, draws.receipts(day, 0, 3),
        {SUBJECT: columns[SUBJECT], "原文书号": columns[number], "决定日期": day},
    )  # fmt: skip
