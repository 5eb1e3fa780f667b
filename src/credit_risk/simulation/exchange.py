"""Files of the foreign exchange administration: classes, monthly flows, penalties."""

from __future__ import annotations

import numpy as np

from credit_risk.simulation.adverse import Adverse
from credit_risk.simulation.draws import SUBJECT, Draws, Scene, Sheet, lagged, yes_no
from credit_risk.simulation.fading import MONEY
from credit_risk.simulation.fiscal import season
from credit_risk.simulation.hidden import TRADE
from credit_risk.simulation.schemes import CAROUSEL, REGIME

__all__ = ["exchange_sheets"]


def exchange_sheets(scene: Scene, seed: int, adverse: Adverse) -> list[Sheet]:
    """Return the files of the foreign exchange administration."""
    return [
        _classes(Draws(scene, seed, "safe_class"), adverse),
        _flows(Draws(scene, seed, "fx_flow")),
        _penalties(Draws(scene, seed, "fx_penalty"), adverse),
    ]


def _classes(draws: Draws, adverse: Adverse) -> Sheet:
    """Every trader stands in class A at first; risk lowers it, a penalty lowers it most."""
    world, calendar = draws.world, draws.calendar
    first = np.flatnonzero(world.trader)
    day = np.maximum(world.founded[first] + np.timedelta64(40, "D"), calendar.starts[0])
    traders = draws.scene.alive_inside & world.trader[:, None]
    i, m = draws.hits(0.0012 * np.exp(0.9 * draws.seen(2, 0.4, TRADE)), traders)
    fined, decided, _ = adverse.of("fx_penalty")
    after = decided + np.timedelta64(20, "D")
    who = np.concatenate([first, i, fined])
    grade = np.concatenate([np.full(len(first), "A类"), np.full(len(i), "B类"), np.full(len(fined), "C类")])
    days = np.concatenate([day, draws.days(i, m), after])
    return draws.sheet(
        "外汇分类.csv", "分类编号", "WHFL", draws.receipts(days, 2, 10),
        {SUBJECT: world.uscc[who], "分类等级": grade, "在名录内": yes_no(grade != "C类"), "分类日期": days},
    )  # fmt: skip


def _flows(draws: Draws) -> Sheet:
    """Goods and money drift apart where trade is not what it seems; credit grows where payment does not come."""
    world, rng, scene = draws.world, draws.rng, draws.scene
    i, m = draws.grid(scene.alive_inside & world.trader[:, None])
    strain = np.clip(lagged(draws.hidden.stress, 2), -2, 4)[i, m]
    risk = draws.hidden.risks[TRADE][i, m]
    n, months = draws.hidden.stress.shape
    feigned = scene.world.schemes.active(CAROUSEL, n, months) | scene.world.schemes.active(REGIME, n, months)
    usual = np.sqrt(world.revenue[i]) * 400 * season(scene)[i, m]
    lost = scene.fading.of(MONEY)[i, m]
    base = usual * np.exp(-lost)
    receipts = base * np.exp(-0.2 * strain + rng.normal(0, 0.35, len(i)))
    payments = base * np.exp(-0.15 * strain + 0.12 * risk + 0.9 * feigned[i, m] + rng.normal(0, 0.35, len(i)))
    credit = usual * np.exp(0.5 * lost + 0.3 * strain + 0.15 * risk + rng.normal(0.3, 0.4, len(i)))
    refunds = rng.poisson(0.08 * np.exp(0.5 * risk))
    return draws.sheet(
        "外汇收支月度汇总.csv", "汇总编号", "WHSZ", draws.receipts(draws.calendar.ends[m], 15, 30),
        {
            SUBJECT: world.uscc[i],
            "统计月末": draws.calendar.ends[m],
            "收汇金额（元）": receipts.round().astype(np.int64),
            "付汇金额（元）": payments.round().astype(np.int64),
            "贸易信贷余额（元）": credit.round().astype(np.int64),
            "退汇次数": refunds,
        },
    )  # fmt: skip


def _penalties(draws: Draws, adverse: Adverse) -> Sheet:
    """Reports not filed are a trifle; evasion and arbitrage are among the adverse events."""
    traders = draws.scene.alive_inside & draws.world.trader[:, None]
    i, m = draws.hits(0.0012 * np.exp(0.4 * draws.seen(1, 0.5, TRADE)), traders)
    day = draws.days(i, m)
    j, decided, learnt = adverse.of("fx_penalty")
    kind = np.concatenate([np.full(len(i), "未按规定报送"), draws.pick(["逃汇", "套汇"], len(j), [0.7, 0.3])])
    fine = np.concatenate([draws.money(i, 0.01), draws.money(j, 0.5)])
    return draws.sheet(
        "外汇行政处罚.csv", "处罚决定书文号", "沪汇管罚", np.concatenate([draws.receipts(day, 10, 40), learnt]),
        {
            SUBJECT: draws.world.uscc[np.concatenate([i, j])],
            "案件类型": kind,
            "罚款（万元）": (fine / 10_000).round(4),
            "决定日期": np.concatenate([day, decided]),
        },
    )  # fmt: skip
