"""Files that act on other files: repairs after some months, withdrawals of what should not have been decided."""

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
    """Return repairs of penalties, abnormal listings and dishonest enforcement, and withdrawn penalties."""
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
    return [*made, withdrawn]


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
