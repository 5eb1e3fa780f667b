"""Files of the adverse events themselves: lists, courts, major tax cases, smuggling, bankruptcy."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from credit_risk.simulation.calendar import Days, Ints
from credit_risk.simulation.draws import SUBJECT, Draws, Scene, Sheet
from credit_risk.simulation.hidden import KINDS

__all__ = ["Adverse", "adverse_events", "adverse_sheets"]

# From the event to its receipt, in days: decisions are published late, tax cases latest.
LAGS = {
    "serious_list": (10, 45),
    "wage_arrears": (10, 30),
    "dishonest_enforced": (15, 60),
    "bankruptcy": (10, 40),
    "tax_abnormal": (3, 20),
    "revoked": (1, 5),
    "tax_major_case": (60, 150),
    "smuggling": (30, 90),
    "fx_penalty": (20, 60),
}
YEAR = 365


@dataclass(frozen=True)
class Adverse:
    """Adverse events in order of enterprise and month; ``kind`` is an index of ``KINDS``."""

    enterprise: Ints
    month: Ints
    kind: Ints
    day: Days
    received: Days

    def of(self, kind: str) -> tuple[Ints, Days, Days]:
        """Return (enterprise, day, receipt) of one kind."""
        rows = self.kind == KINDS.index(kind)
        return self.enterprise[rows], self.day[rows], self.received[rows]


def adverse_events(scene: Scene, seed: int) -> Adverse:
    """Give every hidden event its day and the day on which the platform learns of it."""
    draws = Draws(scene, seed, "adverse")
    i, m = np.nonzero(scene.hidden.event >= 0)
    kind = scene.hidden.event[i, m]
    low, high = (np.array([LAGS[k][end] for k in KINDS])[kind] for end in (0, 1))
    day = draws.days(i, m)
    lag = (low + draws.rng.random(len(i)) * (high - low)).astype("timedelta64[D]")
    return Adverse(i, m, kind, day, draws.receipts(day + lag, 0, 0))


def adverse_sheets(scene: Scene, seed: int, adverse: Adverse) -> list[Sheet]:
    """Return the files of the registers; smuggling, revocations and exchange cases go into files that hold more."""
    return [
        _serious_list(Draws(scene, seed, "serious_list"), adverse),
        _wages(Draws(scene, seed, "wage_arrears"), adverse),
        _dishonest(Draws(scene, seed, "dishonest_enforced"), adverse),
        _tax_major(Draws(scene, seed, "tax_major_case"), adverse),
        _bankruptcy(Draws(scene, seed, "bankruptcy"), adverse),
    ]


def _serious_list(draws: Draws, adverse: Adverse) -> Sheet:
    i, day, received = adverse.of("serious_list")
    kinds = ["市场监管", "安全生产", "政府采购"]
    return draws.sheet(
        "严重失信主体名单.csv", "列入决定书文号", "沪信严列", received,
        {
            SUBJECT: draws.world.uscc[i],
            "名单类别": draws.pick(kinds, len(i), [0.7, 0.18, 0.12]),
            "列入日期": day,
            "公示截止日期": day + np.timedelta64(3 * YEAR, "D"),
        },
    )  # fmt: skip


def _wages(draws: Draws, adverse: Adverse) -> Sheet:
    i, day, received = adverse.of("wage_arrears")
    people = np.maximum(1, (draws.world.staff[i] * draws.rng.uniform(0.1, 0.8, len(i))).astype(np.int64))
    return draws.sheet(
        "拖欠农民工工资失信名单.csv", "列入决定书文号", "沪人社欠", received,
        {
            SUBJECT: draws.world.uscc[i],
            "涉及人数": people,
            "拖欠金额（万元）": (people * draws.rng.uniform(0.8, 4.0, len(i))).round(2),
            "列入日期": day,
            "移出日期": day + np.timedelta64(3 * YEAR, "D"),
        },
    )  # fmt: skip


def _dishonest(draws: Draws, adverse: Adverse) -> Sheet:
    i, day, received = adverse.of("dishonest_enforced")
    states = ["全部未履行", "部分未履行"]
    return draws.sheet(
        "失信被执行人.csv", "案号", "沪0115执失", received,
        {
            SUBJECT: draws.world.uscc[i],
            "未履行金额（万元）": (draws.money(i, 0.5) / 10_000).round(4),
            "履行情况": draws.pick(states, len(i), [0.8, 0.2]),
            "立案日期": day,
            "公布截止日期": day + np.timedelta64(2 * YEAR, "D"),
        },
    )  # fmt: skip


def _tax_major(draws: Draws, adverse: Adverse) -> Sheet:
    i, day, received = adverse.of("tax_major_case")
    kinds = ["偷税", "虚开发票", "骗取出口退税", "逃避追缴欠税"]
    return draws.sheet(
        "重大税收违法失信主体.csv", "公布文号", "沪税重", received,
        {
            SUBJECT: draws.world.uscc[i],
            "案件性质": draws.pick(kinds, len(i), [0.3, 0.4, 0.15, 0.15]),
            "涉案金额（万元）": (draws.money(i, 1.0) / 10_000).round(4),
            "处理决定日期": day,
            "公布截止日期": day + np.timedelta64(3 * YEAR, "D"),
        },
    )  # fmt: skip


def _bankruptcy(draws: Draws, adverse: Adverse) -> Sheet:
    i, day, received = adverse.of("bankruptcy")
    return draws.sheet(
        "破产案件.csv", "案号", "沪03破", received,
        {
            SUBJECT: draws.world.uscc[i],
            "程序": draws.pick(["破产清算", "破产重整"], len(i), [0.85, 0.15]),
            "受理日期": day,
        },
    )  # fmt: skip
