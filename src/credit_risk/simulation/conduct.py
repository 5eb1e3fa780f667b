"""Files of daily conduct: social insurance, electricity, commitments, honours."""

from __future__ import annotations

import numpy as np

from credit_risk.simulation.draws import SUBJECT, Draws, Scene, Sheet, lagged, logistic, yes_no
from credit_risk.simulation.fading import ENERGY, STAFF
from credit_risk.simulation.fiscal import season
from credit_risk.simulation.hidden import COMPLIANCE, INSOLVENCY
from credit_risk.simulation.punctual import days_taken
from credit_risk.simulation.schemes import SHELL

__all__ = ["conduct_sheets"]

DUE_DAYS = 20  # after the end of the month billed
COMMITMENTS = ["审批替代型", "证明事项", "容缺受理", "主动公示", "信用修复", "行业自律"]


def conduct_sheets(scene: Scene, seed: int) -> list[Sheet]:
    """Return the files of daily conduct."""
    made, results = _commitments(Draws(scene, seed, "commitment"))
    return [
        _insurance(Draws(scene, seed, "social_insurance")),
        _electricity(Draws(scene, seed, "utility"), Draws(scene, seed, "payment_day")),
        made,
        results,
        _honours(Draws(scene, seed, "honour")),
    ]


def _insurance(draws: Draws) -> Sheet:
    """Heads fall and contributions are owed when an enterprise is under strain."""
    hollow = draws.world.schemes.mark(SHELL, draws.world.count) > 0
    i, m = draws.grid(draws.scene.alive_inside & ~hollow[:, None])
    strain = np.clip(lagged(draws.hidden.stress, 2), -2, 4)[i, m]
    drag = -0.12 * strain - 0.4 * draws.scene.after[i, m] - draws.scene.fading.of(STAFF)[i, m]
    lasting = draws.rng.normal(0, 0.15, draws.world.count)[i]
    people = np.exp(drag + lasting + draws.rng.normal(0, 0.06, len(i))) * draws.world.staff[i]
    heads = np.maximum(np.round(people), 0).astype(np.int64)
    blur = draws.rng.normal(0, 0.6, draws.world.count)[i]
    owes = draws.rng.random(len(i)) < logistic(
        -4.9 + 0.85 * lagged(draws.hidden.risks[INSOLVENCY], 1)[i, m] + blur
    )
    return draws.sheet(
        "社会保险缴纳.csv", "缴费编号", "SB", draws.receipts(draws.calendar.ends[m], 20, 35),
        {
            SUBJECT: draws.world.uscc[i],
            "费款所属期末": draws.calendar.ends[m],
            "参保人数": heads,
            "欠缴金额（元）": np.where(owes, heads * 2300, 0),
        },
    )  # fmt: skip


def _electricity(draws: Draws, day: Draws) -> Sheet:
    i, m = draws.grid(draws.scene.alive_inside & draws.world.metered[:, None])
    strain = np.clip(lagged(draws.hidden.stress, 1), -2, 4)[i, m]
    use = 40 * draws.world.staff[i] * season(draws.scene)[i, m] ** 0.5
    drag = -0.18 * strain - 0.4 * draws.scene.after[i, m] - draws.scene.fading.of(ENERGY)[i, m]
    kwh = use * np.exp(drag + draws.rng.normal(0, 0.2, len(i)))
    blur = draws.rng.normal(0, 0.6, draws.world.count)[i]
    overdue = draws.rng.random(len(i)) < logistic(-4.3 + 0.7 * draws.hidden.risks[INSOLVENCY][i, m] + blur)
    taken, overdue = days_taken(day, i, m, DUE_DAYS, overdue)
    return draws.sheet(
        "用电缴费.csv", "账单编号", "YD", draws.receipts(draws.calendar.ends[m], 10, 20),
        {
            SUBJECT: draws.world.uscc[i],
            "账单月末": draws.calendar.ends[m],
            "用电量（千瓦时）": kwh.round(1),
            "逾期缴费": yes_no(overdue),
            "缴费用时（天）": taken,
        },
    )  # fmt: skip


def _commitments(draws: Draws) -> tuple[Sheet, Sheet]:
    """Promises are due within a year; whether they are kept depends on how the enterprise then fares."""
    i, m = draws.hits(np.full(draws.hidden.risk.shape, 0.022), draws.scene.alive_inside)
    day = draws.days(i, m)
    due = day + draws.rng.integers(60, 300, len(i)).astype("timedelta64[D]")
    made = draws.sheet(
        "信用承诺.csv", "承诺书编号", "CN", draws.receipts(day, 1, 5),
        {
            SUBJECT: draws.world.uscc[i],
            "承诺类型": draws.pick(COMMITMENTS, len(i), [0.35, 0.2, 0.15, 0.15, 0.05, 0.1]),
            "承诺日期": day,
            "履行期限": due,
        },
    )  # fmt: skip
    then = np.minimum(draws.calendar.month_of(due), draws.calendar.months - 1)
    risk = draws.hidden.risks[COMPLIANCE][i, then] + draws.rng.normal(0, 0.8, len(i))
    state = np.select([risk > 2.9, risk > 1.7], ["未履行", "部分履行"], "已履行")
    checked = due + draws.rng.integers(0, 25, len(i)).astype("timedelta64[D]")
    results = draws.sheet(
        "承诺履约核查.csv", "核查编号", "HC", draws.receipts(checked, 1, 10),
        {
            SUBJECT: draws.world.uscc[i],
            "履约情况": state,
            "逾期天数": np.where(state == "已履行", 0, (checked - due).astype(np.int64)),
            "核查日期": checked,
        },
    )  # fmt: skip
    return made, results


def _honours(draws: Draws) -> Sheet:
    calm = 0.0028 * np.exp(-0.7 * draws.seen(3, 0.5) + 0.3 * draws.world.size[:, None])
    i, m = draws.hits(calm, draws.scene.alive_inside)
    day = draws.days(i, m)
    kinds = ["诚信示范企业", "守合同重信用", "GOP企业"]
    return draws.sheet(
        "荣誉表彰.csv", "证书编号", "RY", draws.receipts(day, 3, 20),
        {
            SUBJECT: draws.world.uscc[i],
            "荣誉类别": draws.pick(kinds, len(i), [0.45, 0.45, 0.1]),
            "授予日期": day,
            "有效期至": day + np.timedelta64(3 * 365, "D"),
        },
    )  # fmt: skip
