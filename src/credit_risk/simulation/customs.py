"""Files of the customs: declarations, inspections, violations, credit, account books."""

from __future__ import annotations

import numpy as np

from credit_risk.simulation.adverse import Adverse
from credit_risk.simulation.calendar import Bools, Days, Floats, Ints
from credit_risk.simulation.draws import SUBJECT, Draws, Scene, Sheet, lagged, logistic
from credit_risk.simulation.fading import TRADE as TRADED
from credit_risk.simulation.fiscal import season
from credit_risk.simulation.hidden import TRADE
from credit_risk.simulation.schemes import REGIME

__all__ = ["customs_sheets"]

SWITCH = np.datetime64("2026-04-01")


def customs_sheets(scene: Scene, seed: int, adverse: Adverse) -> list[Sheet]:
    """Return the customs' files."""
    return [
        _declarations(Draws(scene, seed, "customs_declaration")),
        _inspections(Draws(scene, seed, "customs_inspection")),
        _violations(Draws(scene, seed, "customs_violation"), adverse),
        _credit(Draws(scene, seed, "customs_credit"), adverse),
        _books(Draws(scene, seed, "account_book")),
    ]


def _traders(draws: Draws) -> Bools:
    return draws.scene.alive_inside & draws.world.trader[:, None]


def _declarations(draws: Draws) -> Sheet:
    """A row a month; trouble shows as fewer documents and more amendments and cancellations."""
    i, m = draws.grid(_traders(draws))
    world, rng = draws.world, draws.rng
    strain = np.clip(lagged(draws.hidden.stress, 2), -2, 4)[i, m]
    base = 2 + 0.02 * np.sqrt(world.revenue[i])
    drag = -0.22 * strain - 0.5 * draws.scene.after[i, m] - draws.scene.fading.of(TRADED)[i, m]
    count = rng.poisson(base * season(draws.scene)[i, m] * np.exp(drag + rng.normal(0, 0.2, len(i))))
    value = count * np.sqrt(world.revenue[i]) * 9 * np.exp(rng.normal(0, 0.3, len(i)))
    switched = world.schemes.active(REGIME, *draws.hidden.stress.shape)[i, m]
    risk = draws.hidden.risks[TRADE][i, m]
    price = np.exp(np.where(switched, -0.35, 0.0) - 0.03 * risk + rng.normal(0, 0.12, len(i)))
    usual = rng.beta(1.2, 6.0, world.count)[i]
    ecommerce = np.clip(usual + 0.55 * switched + rng.normal(0, 0.05, len(i)), 0, 1)
    blur = rng.normal(0, 0.4, world.count)[i]
    amended = rng.binomial(count, logistic(-3.6 + 0.4 * risk + 1.1 * draws.scene.misdeclared[i, m] + blur))
    return draws.sheet(
        "报关单月度汇总.csv", "汇总编号", "BGHZ", draws.receipts(draws.calendar.ends[m], 2, 8),
        {
            SUBJECT: world.uscc[i],
            "统计月末": draws.calendar.ends[m],
            "报关单数": count,
            "进出口货值（元）": value.round().astype(np.int64),
            "价格指数": price.round(4),
            "跨境电商占比": ecommerce.round(4),
            "改单数": amended,
            "撤单数": rng.binomial(count - amended, 0.01),
        },
    )  # fmt: skip


def _inspections(draws: Draws) -> Sheet:
    """Checks follow risk; honest enterprises report their own errors, which is no fault."""
    rate = 0.05 * np.exp(0.35 * draws.seen(1, 0.3, TRADE))
    i, m = draws.hits(rate, _traders(draws))
    j, k = draws.hits(np.broadcast_to(0.03 * draws.world.discloser[:, None], rate.shape), _traders(draws))
    misled = 1.3 * draws.scene.misdeclared[i, m]
    fault = draws.rng.random(len(i)) < logistic(-2.8 + 0.5 * draws.hidden.risks[TRADE][i, m] + misled)
    result = np.where(fault, np.where(draws.rng.random(len(i)) < 0.3, "异常", "轻微差错"), "正常")
    kind = np.concatenate([draws.pick(["查验", "稽查"], len(i), [0.9, 0.1]), np.full(len(j), "主动披露")])
    result = np.concatenate([result, np.full(len(j), "轻微差错")])
    i, m = np.concatenate([i, j]), np.concatenate([m, k])
    day = draws.days(i, m)
    return draws.sheet(
        "海关查验稽查.csv", "查验编号", "CY", draws.receipts(day, 2, 10),
        {SUBJECT: draws.world.uscc[i], "方式": kind, "结果": result, "日期": day},
    )  # fmt: skip


def _violations(draws: Draws, adverse: Adverse) -> Sheet:
    """Ordinary violations, and the smuggling cases among the adverse events."""
    i, m = draws.hits(0.004 * np.exp(0.5 * draws.seen(1, 0.4, TRADE)), _traders(draws))
    day = draws.days(i, m)
    received = draws.receipts(day, 15, 45)
    j, smuggled, learnt = adverse.of("smuggling")
    kind = np.concatenate([np.full(len(i), "违规"), draws.pick(["走私行为", "走私犯罪"], len(j), [0.8, 0.2])])
    fine = np.concatenate([draws.money(i, 0.02), draws.money(j, 0.6)])
    i = np.concatenate([i, j])
    return draws.sheet(
        "海关行政处罚.csv", "处罚决定书文号", "沪关缉违字", np.concatenate([received, learnt]),
        {
            SUBJECT: draws.world.uscc[i],
            "案件类型": kind,
            "罚款（万元）": (fine / 10_000).round(4),
            "决定日期": np.concatenate([day, smuggled]),
        },
    )  # fmt: skip


def _credit(draws: Draws, adverse: Adverse) -> Sheet:
    """The level at the start, a few certifications of calm enterprises, downgrades after smuggling.

    Three levels until 2026-04-01; then everybody is judged anew in five.
    """
    world, calendar = draws.world, draws.calendar
    i = np.flatnonzero(world.trader)
    day = np.maximum(world.founded[i] + np.timedelta64(30, "D"), calendar.starts[0])
    calm = logistic(-4.2 - 1.2 * world.trait[i, TRADE] + 1.0 * world.size[i])
    level = np.where(draws.rng.random(len(i)) < calm, "高级认证企业", "常规企业")
    up, m = draws.hits(0.0012 * np.exp(-0.8 * draws.seen(3, 0.3, TRADE)), _traders(draws))
    down, _, learnt = adverse.of("smuggling")
    lost = (learnt + np.timedelta64(20, "D")).astype("datetime64[D]")
    i = np.concatenate([i, up, down])
    level = np.concatenate([level, np.full(len(up), "高级认证企业"), np.full(len(down), "失信企业")])
    day = np.concatenate([day, draws.days(up, m), lost])
    again = np.flatnonzero(world.trader & draws.hidden.alive[:, -1])
    if calendar.last_day < SWITCH or not len(again):
        again = again[:0]
    graded = SWITCH + draws.rng.integers(0, 60, len(again)).astype("timedelta64[D]")
    points = draws.hidden.risks[TRADE][again, -3] + draws.rng.normal(0, 0.5, len(again))
    five = ["高级认证企业", "认证企业", "常规企业", "失信企业", "严重失信企业"]
    level = np.concatenate([level, np.array(five)[np.digitize(points, [-2.2, -1.2, 3.4, 4.6])]])
    i, day = np.concatenate([i, again]), np.concatenate([day, graded])
    return draws.sheet(
        "海关信用等级.csv", "认定编号", "HGXY", draws.receipts(day, 1, 10),
        {SUBJECT: world.uscc[i], "信用等级": level, "认定日期": day},
    )  # fmt: skip


def _books(draws: Draws) -> Sheet:
    """Account books are due for write-off once a year; the row comes when done, or 30 days overdue."""
    due, world = draws.calendar, draws.world
    turn = draws.rng.integers(0, 12, world.count)
    months = np.arange(due.months)
    i, m = np.nonzero(
        draws.scene.alive_inside & world.book[:, None] & ((months[None, :] - turn[:, None]) % 6 == 0)
    )
    risk = draws.hidden.risks[TRADE][i, m] + draws.rng.normal(0, 0.6, len(i))
    delay = np.round(-12 + 5 * risk + draws.rng.normal(0, 12, len(i)))
    deadline = due.ends[m]
    return _book_sheet(draws, i, deadline, delay.astype(np.int64), risk + 2.2 * draws.scene.leaking[i, m])


def _book_sheet(draws: Draws, i: Ints, deadline: Days, delay: Ints, risk: Floats) -> Sheet:
    done = delay < 30
    closed = deadline + np.minimum(delay, 30).astype("timedelta64[D]")
    variance = np.abs(draws.rng.normal(0, 0.006, len(i))) * np.exp(0.4 * risk)
    event = np.minimum(closed, deadline)
    return draws.sheet(
        "电子账册核销.csv", "核销编号", "ZCHX", draws.receipts(np.maximum(closed, event), 1, 5),
        {
            SUBJECT: draws.world.uscc[i],
            "账册类型": draws.pick(["加工贸易账册", "物流账册"], len(i), [0.4, 0.6]),
            "核销期限": deadline,
            "核销完成日期": np.where(done, closed, np.datetime64("NaT", "D")),
            "账实差异率": variance.round(5),
            "统计日期": np.maximum(closed, event),
        },
    )  # fmt: skip
