"""Dirt, planted on purpose and counted: what ingest must heal, refuse, drop as known or take as a correction.

    refused    wrong_check_digit, future_date, unknown_code, missing_subject
    healed     full_width_code, lower_case_code, null_word
    repeated   an exact copy of another row
    corrected  the same document again, received later, with another amount

A row carries one dirt at most, so that the counts add up. One file is GB18030, one opens with a byte-order mark.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from credit_risk.simulation.calendar import Ints
from credit_risk.simulation.draws import RECEIVED, SUBJECT, Columns, Sheet
from credit_risk.simulation.summary import FileSummary

__all__ = ["PLAN", "Plan", "soil"]

FULL_WIDTH = str.maketrans(
    "0123456789ABCDEFGHJKLMNPQRTUWXY", "０１２３４５６７８９ＡＢＣＤＥＦＧＨＪＫＬＭＮＰＱＲＴＵＷＸＹ"
)
SHARE = 0.0015
CORRECTED_WITHIN = 20  # days


@dataclass(frozen=True, slots=True)
class Plan:
    """What is spoiled in one file: its date, code, nullable and amount columns (None: that dirt is left out)."""

    date: str
    code: str | None = None
    blank: str | None = None
    amount: str | None = None
    refused: bool = True
    encoding: str = "utf-8"


PLAN = {
    "企业登记.csv": Plan("成立日期", blank="注册资本（万元）", refused=False),
    "行政处罚.csv": Plan("处罚决定日期", "失信程度", "罚款金额（万元）", "罚款金额（万元）"),
    "涉诉信息.csv": Plan("立案日期", "诉讼地位", "标的金额（元）", encoding="gb18030"),
    "被执行人.csv": Plan("立案日期", amount="执行标的（元）"),
    "报关单月度汇总.csv": Plan("统计月末", amount="进出口货值（元）", encoding="utf-8-sig"),
    "纳税申报月度汇总.csv": Plan("所属期末", amount="销售收入（元）"),
    "社会保险缴纳.csv": Plan("费款所属期末", blank="欠缴金额（元）"),
    "信用承诺.csv": Plan("承诺日期", "承诺类型"),
    "投诉举报.csv": Plan("受理日期", "诉求类别", encoding="gb18030"),
}


def soil(rng: np.random.Generator, sheet: Sheet, plan: Plan | None) -> tuple[Sheet, FileSummary]:
    """Return the spoiled sheet and the account of it; without a plan the sheet stays as it is."""
    if plan is None or not len(sheet):
        return sheet, FileSummary(rows=len(sheet), corrected=sheet.corrected)
    return _Soiler(rng, sheet, plan).soiled()


class _Soiler:
    def __init__(self, rng: np.random.Generator, sheet: Sheet, plan: Plan) -> None:
        self.rng, self.sheet, self.plan = rng, sheet, plan
        self.columns: Columns = dict(sheet.columns)
        self.each = max(1, math.ceil(len(sheet) * SHARE / 4))
        self.free = list(rng.permutation(len(sheet)))
        self.refused: dict[str, int] = {}
        self.healed: dict[str, int] = {}

    def soiled(self) -> tuple[Sheet, FileSummary]:
        plan = self.plan
        self._write(self.healed, "full_width_code", SUBJECT, lambda v: v.translate(FULL_WIDTH))
        self._write(self.healed, "lower_case_code", SUBJECT, str.lower)
        if plan.blank:
            nothing = itertools.cycle(("— —", "无", "/"))
            self._write(self.healed, "null_word", plan.blank, lambda _: next(nothing))
        copies, later = self._rows(), self._correctable() if plan.amount else self._rows(0)
        if plan.refused:
            self._write(self.refused, "wrong_check_digit", SUBJECT, _other_check)
            self._write(self.refused, "future_date", plan.date, lambda v: f"20{int(v[2:4]) + 9}{v[4:8]}15")
            self._write(self.refused, "missing_subject", SUBJECT, lambda _: "— —")
            if plan.code:
                self._write(self.refused, "unknown_code", plan.code, lambda v: v + "（旧）")
        self._append(copies, later)
        summary = FileSummary(
            rows=len(self.columns[RECEIVED]), refused=self.refused, healed=self.healed,
            repeated=len(copies), corrected=len(later), encoding=plan.encoding,
        )  # fmt: skip
        return Sheet(self.sheet.file, self.columns, summary.corrected), summary

    def _rows(self, count: int | None = None) -> Ints:
        """Take rows that carry no dirt yet."""
        wanted = self.each if count is None else count
        taken, self.free = self.free[:wanted], self.free[wanted:]
        return np.array(sorted(taken), dtype=np.int64)

    def _correctable(self) -> Ints:
        """Take clean rows whose correction is still received before the file ends."""
        received = self.columns[RECEIVED]
        rows = self._rows()
        return np.asarray(rows[received[rows] + np.timedelta64(CORRECTED_WITHIN, "D") <= received.max()])

    def _write(self, account: dict[str, int], dirt: str, column: str, spoil: Callable[[str], str]) -> None:
        rows = self._rows()
        text = _as_text(self.columns[column])
        for row in rows:
            text[row] = spoil(text[row])
        self.columns[column] = text
        account[dirt] = len(rows)

    def _append(self, copies: Ints, later: Ints) -> None:
        """Add the copies, and the corrections: received up to twenty days later, four fifths of the amount."""
        again = {name: column[later] for name, column in self.columns.items()}
        if self.plan.amount:
            amounts = again[self.plan.amount]
            numbers = np.array([float(v) for v in amounts]) * 0.8 + 1
            kept = np.str_ if amounts.dtype == object else amounts.dtype
            again[self.plan.amount] = numbers.round(2).astype(kept)
            wait = self.rng.integers(1, CORRECTED_WITHIN + 1, len(later)).astype("timedelta64[D]")
            again[RECEIVED] = again[RECEIVED] + wait
        self.columns = {
            name: np.concatenate([column, column[copies], again[name]])
            for name, column in self.columns.items()
        }


def _as_text(column: np.ndarray) -> np.ndarray:
    if column.dtype == object:
        return column.copy()
    return column.astype(np.str_).astype(object)


def _other_check(code: str) -> str:
    return code[:-1] + ("1" if code[-1] != "1" else "2")
