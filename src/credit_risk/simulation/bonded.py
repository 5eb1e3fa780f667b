"""Files of the bonded areas: lists, gates, transit, transfers of goods, audits, unpaid duties."""

from __future__ import annotations

import numpy as np

from credit_risk.simulation.draws import SUBJECT, Draws, Scene, Sheet, lagged, logistic
from credit_risk.simulation.fading import TRADE as TRADED
from credit_risk.simulation.fiscal import season
from credit_risk.simulation.hidden import COMPLIANCE, TRADE
from credit_risk.simulation.rings import carousel_trades, commodity_codes, honest_ring_trades

__all__ = ["bonded_sheets"]

YEAR = np.timedelta64(365, "D")


def bonded_sheets(scene: Scene, seed: int) -> list[Sheet]:
    """Return the files of the bonded areas."""
    return [
        _lists(Draws(scene, seed, "bonded_list")),
        _gates(Draws(scene, seed, "gate_event")),
        _transit(Draws(scene, seed, "transit")),
        _transfers(Draws(scene, seed, "bonded_transfer"), seed),
        _audits(Draws(scene, seed, "aeo_audit")),
        _duties(Draws(scene, seed, "duty_arrears")),
    ]


def _lists(draws: Draws) -> Sheet:
    """What goes in comes out again, less so where goods go missing."""
    world, rng = draws.world, draws.rng
    i, m = draws.grid(draws.scene.alive_inside & world.book[:, None])
    strain = np.clip(lagged(draws.hidden.stress, 1), -2, 4)[i, m]
    base = (4 + 0.01 * np.sqrt(world.revenue[i])) * season(draws.scene)[i, m]
    lists = rng.poisson(base * np.exp(-0.2 * strain - draws.scene.fading.of(TRADED)[i, m]))
    taken_in = lists * rng.uniform(80, 120, len(i))
    short = 0.01 * np.exp(0.5 * draws.hidden.risks[TRADE][i, m])
    taken_out = taken_in * (1 - short) * np.exp(rng.normal(0, 0.05, len(i)))
    return draws.sheet(
        "核注清单月度汇总.csv", "汇总编号", "HZQD", draws.receipts(draws.calendar.ends[m], 2, 8),
        {
            SUBJECT: world.uscc[i],
            "统计月末": draws.calendar.ends[m],
            "清单份数": lists,
            "进区数量": taken_in.round(1),
            "出区数量": taken_out.round(1),
        },
    )  # fmt: skip


def _gates(draws: Draws) -> Sheet:
    world, rng = draws.world, draws.rng
    i, m = draws.grid(draws.scene.alive_inside & world.book[:, None])
    usual = 6 + 0.015 * np.sqrt(world.revenue[i]) * season(draws.scene)[i, m]
    passes = rng.poisson(usual * np.exp(-draws.scene.fading.of(TRADED)[i, m]))
    risk = draws.hidden.risks[TRADE][i, m] + 1.6 * draws.scene.leaking[i, m]
    wrong = logistic(-6.0 + 0.7 * risk + rng.normal(0, 0.4, world.count)[i])
    return draws.sheet(
        "卡口进出区月度汇总.csv", "汇总编号", "KKHZ", draws.receipts(draws.calendar.ends[m], 1, 5),
        {
            SUBJECT: world.uscc[i],
            "统计月末": draws.calendar.ends[m],
            "过卡次数": passes,
            "单货不符次数": rng.binomial(passes, wrong),
        },
    )  # fmt: skip


def _transit(draws: Draws) -> Sheet:
    """Goods on the way between zones; the row comes on arrival, or thirty days after they were due."""
    where = draws.scene.alive_inside & draws.world.book[:, None]
    i, m = draws.hits(np.full(where.shape, 0.12), where)
    due = draws.days(i, m)
    risk = draws.hidden.risks[TRADE][i, m]
    late = np.round(-2 + 2.2 * risk + draws.rng.normal(0, 3, len(i))).astype(np.int64)
    lost = late > 9
    arrived = due + np.minimum(late, 30).astype("timedelta64[D]")
    closed = np.where(lost, due + np.timedelta64(30, "D"), arrived)
    return draws.sheet(
        "转关区间流转.csv", "转关单号", "ZG", draws.receipts(closed, 0, 4),
        {
            SUBJECT: draws.world.uscc[i],
            "应到日期": due,
            "实到日期": np.where(lost, np.datetime64("NaT", "D"), arrived),
            "办结日期": closed,
        },
    )  # fmt: skip


def _transfers(draws: Draws, seed: int) -> Sheet:
    """Honest sales of bonded goods to whom it may be and among rings of partners, and carousels."""
    world, rng = draws.world, draws.rng
    traders = np.flatnonzero(world.trader)
    i, m = draws.hits(
        np.full(draws.hidden.stress.shape, 0.06), draws.scene.alive_inside & world.trader[:, None]
    )
    buyer = traders[rng.integers(0, len(traders), len(i))]
    goods = commodity_codes(rng.integers(0, 400, len(i)))
    quantity = np.round(rng.lognormal(5, 1, len(i)), 1)
    honest = (i, buyer, draws.days(i, m), goods, quantity, draws.money(i, 0.5))
    made = (honest, carousel_trades(draws.scene, seed), honest_ring_trades(draws.scene, seed))
    columns = [np.concatenate(parts) for parts in zip(*(one[:6] for one in made), strict=True)]
    seller, buyer, day, goods, quantity, amount = columns
    keep = seller != buyer
    return draws.sheet(
        "区内保税货物转让.csv", "备案编号", "ZR", draws.receipts(day[keep], 1, 5),
        {
            SUBJECT: world.uscc[seller[keep]],
            "受让方统一社会信用代码": world.uscc[buyer[keep]],
            "商品编码": goods[keep],
            "数量": quantity[keep],
            "金额（元）": amount[keep],
            "转让日期": day[keep],
            "关系有效期至": day[keep] + YEAR,
        },
    )  # fmt: skip


def _audits(draws: Draws) -> Sheet:
    where = draws.scene.alive_inside & draws.world.trader[:, None]
    i, m = draws.hits(np.full(where.shape, 0.008), where)
    day = draws.days(i, m)
    failed = draws.rng.poisson(0.5 * np.exp(0.5 * draws.hidden.risks[COMPLIANCE][i, m]))
    term = day + draws.rng.integers(30, 180, len(i)).astype("timedelta64[D]")
    return draws.sheet(
        "认证稽查.csv", "稽查编号", "RZJC", draws.receipts(day, 5, 30),
        {
            SUBJECT: draws.world.uscc[i],
            "稽查类型": draws.pick(["认证复核", "专项稽查"], len(i), [0.4, 0.6]),
            "不达标项数": failed,
            "整改期限": np.where(failed > 0, term, np.datetime64("NaT", "D")),
            "稽查日期": day,
        },
    )  # fmt: skip


def _duties(draws: Draws) -> Sheet:
    rate = 0.0018 * np.exp(
        0.6 * draws.seen(1, 0.5, TRADE) + 0.4 * np.clip(lagged(draws.hidden.stress, 1), -2, 4)
    )
    i, m = draws.hits(rate, draws.scene.alive_inside & draws.world.trader[:, None])
    day = draws.days(i, m)
    days = draws.rng.integers(5, 90, len(i))
    return draws.sheet(
        "欠缴关税.csv", "催缴文号", "GSCJ", draws.receipts(day + days.astype("timedelta64[D]"), 1, 10),
        {
            SUBJECT: draws.world.uscc[i],
            "欠缴金额（元）": draws.money(i, 0.08),
            "逾期天数": days,
            "应缴日期": day,
        },
    )  # fmt: skip
