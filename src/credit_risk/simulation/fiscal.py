"""Files of the tax office: monthly filings, arrears, credit levels."""

from __future__ import annotations

import numpy as np

from credit_risk.simulation.adverse import Adverse
from credit_risk.simulation.calendar import Bools, Floats, Ints
from credit_risk.simulation.draws import SUBJECT, Draws, Scene, Sheet, lagged, logistic, yes_no
from credit_risk.simulation.fading import SALES
from credit_risk.simulation.hidden import INSOLVENCY, KINDS
from credit_risk.simulation.punctual import days_taken
from credit_risk.simulation.schemes import FAST_STARTER, SHELL

__all__ = ["fiscal_sheets", "season"]

DUE_DAYS = 15  # of the month after


def fiscal_sheets(scene: Scene, seed: int, adverse: Adverse) -> list[Sheet]:
    """Return the tax office's files."""
    return [
        _filings(Draws(scene, seed, "tax_filing"), Draws(scene, seed, "filing_day")),
        _arrears(Draws(scene, seed, "tax_arrears")),
        _credit(Draws(scene, seed, "tax_credit")),
        _abnormal(Draws(scene, seed, "tax_status"), adverse),
    ]


def season(scene: Scene) -> Floats:
    """Return the factor of activity by month: mild for most, extreme for honest seasonal traders."""
    month = scene.calendar.starts[:-1].astype("datetime64[M]").astype(np.int64) % 12
    wave = np.cos(2 * np.pi * (month - 10) / 12)[None, :]
    depth = np.where(scene.world.seasonal, 0.98, 0.12)[:, None]
    factor: Floats = 1 + depth * wave
    return factor


def _filings(draws: Draws, day: Draws) -> Sheet:
    """A filing a month; trouble shows as less revenue, zero filings and filings after the deadline.

    A shell sells invoices near its limit for a few months after its founding, then files nothing any more.
    """
    i, m = draws.grid(draws.scene.alive_inside)
    hollow = draws.world.schemes.mark(SHELL, draws.world.count)[i] > 0
    month = m - draws.calendar.month_of(draws.world.founded)[i]
    filed = ~(hollow & (month > 6)) & ~_gone_quiet(draws, i, m)
    i, m, hollow, month = i[filed], m[filed], hollow[filed], month[filed]
    world, rng = draws.world, draws.rng
    strain = np.clip(lagged(draws.hidden.stress, 2), -2, 4)[i, m]
    blur = rng.normal(0, 0.5, world.count)[i]
    young = m - draws.calendar.month_of(world.founded)[i] < 6
    drag = -0.2 * strain - 0.5 * draws.scene.after[i, m] - 1.0 * young - draws.scene.fading.of(SALES)[i, m]
    revenue = world.revenue[i] * season(draws.scene)[i, m] * np.exp(drag + rng.normal(0, 0.3, len(i)))
    zero = rng.random(len(i)) < logistic(-4.6 + 0.75 * strain + blur + 2.2 * young)
    zero |= world.seasonal[i] & (season(draws.scene)[i, m] < 0.25)
    burst = hollow & (month >= 1) & (month <= 5)
    zero = np.where(hollow, ~burst, zero)
    fast = world.schemes.mark(FAST_STARTER, world.count)[i] > 0
    contract = fast & (month >= 1) & (month <= 5)
    zero &= ~contract
    revenue = np.where(burst | contract, 2_400_000 * np.exp(rng.normal(0, 0.15, len(i))), revenue)
    revenue = np.where(zero, 0, revenue).round()
    late = rng.random(len(i)) < logistic(-4.2 + 0.6 * draws.hidden.risk[i, m] + blur)
    taken, late = days_taken(day, i, m, DUE_DAYS, late)
    burden = np.clip(0.022 - 0.003 * strain - 0.015 * burst + rng.normal(0, 0.005, len(i)), 0.001, None)
    received = draws.receipts(draws.calendar.ends[m], 15, 25)
    return draws.sheet(
        "纳税申报月度汇总.csv", "申报流水号", "SB", received,
        {
            SUBJECT: world.uscc[i],
            "所属期末": draws.calendar.ends[m],
            "销售收入（元）": revenue.astype(np.int64),
            "增值税额（元）": (revenue * burden).round().astype(np.int64),
            "零申报": yes_no(zero),
            "开票份数": np.where(burst | contract, 25, np.sqrt(revenue) / 40).round().astype(np.int64),
            "逾期申报": yes_no(late),
            "申报用时（天）": taken,
        },
    )  # fmt: skip


def _gone_quiet(draws: Draws, i: Ints, m: Ints) -> Bools:
    """Tell who stopped filing: those found abnormal, from two months before that on."""
    n, months = draws.hidden.event.shape
    found = draws.hidden.event == KINDS.index("tax_abnormal")
    quiet = np.zeros((n, months), dtype=bool)
    for who, month in zip(*np.nonzero(found), strict=True):
        quiet[who, max(0, month - 2) : month + 8] = True
    return quiet[i, m]


def _abnormal(draws: Draws, adverse: Adverse) -> Sheet:
    """Taxpayers found abnormal are among the adverse events; one in four comes back within the year."""
    i, day, received = adverse.of("tax_abnormal")
    back = draws.rng.random(len(i)) < 0.25
    later = day[back] + draws.rng.integers(60, 300, int(back.sum())).astype("timedelta64[D]")
    who = np.concatenate([i, i[back]])
    state = np.concatenate([np.full(len(i), "认定非正常户"), np.full(int(back.sum()), "解除非正常户")])
    return draws.sheet(
        "非正常户认定.csv", "认定文号", "沪税非", np.concatenate([received, draws.receipts(later, 2, 10)]),
        {
            SUBJECT: draws.world.uscc[who],
            "认定类型": state,
            "认定日期": np.concatenate([day, later]),
        },
    )  # fmt: skip


def _arrears(draws: Draws) -> Sheet:
    """Arrears are announced a month or two after the quarter in which they stood."""
    rate = 0.0045 * np.exp(0.65 * draws.seen(2, 0.6, INSOLVENCY) + 0.8 * draws.scene.after)
    quarter_end = (draws.calendar.starts[1:].astype("datetime64[M]").astype(np.int64) % 3) == 0
    i, m = draws.hits(3 * rate, draws.scene.alive_inside & quarter_end[None, :])
    day = draws.calendar.ends[m]
    return draws.sheet(
        "欠税公告.csv", "公告编号", "沪税欠", draws.receipts(day, 30, 60),
        {
            SUBJECT: draws.world.uscc[i],
            "税种": draws.pick(["增值税", "企业所得税", "其他"], len(i), [0.55, 0.35, 0.1]),
            "欠税余额（万元）": (draws.money(i, 0.12) / 10_000).round(4),
            "统计截止日期": day,
        },
    )  # fmt: skip


def _credit(draws: Draws) -> Sheet:
    """One level a year, published each April for the year before; M for those founded late in it."""
    risk = draws.seen(0, 0.5)
    parts = []
    for april in np.flatnonzero(draws.calendar.starts[:-1].astype("datetime64[M]").astype(int) % 12 == 3):
        if april < 4:
            continue
        i = np.flatnonzero(draws.scene.alive_inside[:, april])
        before = risk[i, max(0, april - 15) : april - 3].mean(axis=1)
        points = 84 - 9 * before + draws.rng.normal(0, 5, len(i))
        level = np.array(["D", "C", "B", "A"])[np.digitize(points, [45, 66, 88])]
        young = draws.calendar.month_of(draws.world.founded)[i] > april - 16
        parts.append((i, np.full(len(i), april), np.where(young & (points >= 66), "M", level)))
    i, m, level = (np.concatenate(column) for column in zip(*parts, strict=True))
    day = draws.days(i, m)
    return draws.sheet(
        "纳税信用等级.csv", "评价编号", "NSXY", draws.receipts(day, 3, 20),
        {
            SUBJECT: draws.world.uscc[i],
            "评价年度": draws.calendar.starts[m].astype("datetime64[Y]").astype(int) + 1969,
            "信用等级": level,
            "发布日期": day,
        },
    )  # fmt: skip
