"""Files of supervision in the zone: penalties, inspections, abnormal list, complaints."""

from __future__ import annotations

import numpy as np

from credit_risk.simulation.calendar import Days, Ints, Words
from credit_risk.simulation.draws import SUBJECT, Draws, Scene, Sheet, lagged, logistic, yes_no
from credit_risk.simulation.hidden import COMPLIANCE, VANISHING

__all__ = ["supervision_sheets"]


def supervision_sheets(scene: Scene, seed: int) -> list[Sheet]:
    """Return the files of supervision."""
    return [
        _inspections(Draws(scene, seed, "inspection")),
        _penalties(Draws(scene, seed, "admin_penalty")),
        _abnormal(Draws(scene, seed, "abnormal_list")),
        _complaints(Draws(scene, seed, "complaint")),
    ]


def _inspections(draws: Draws) -> Sheet:
    """A random floor for all, and checks that are aimed where risk is felt: findings follow attention."""
    alive = draws.scene.alive_inside
    i, m = draws.hits(np.full(alive.shape, 0.012), alive)
    j, k = draws.hits(0.016 * np.exp(0.6 * draws.seen(1, 0.5)), alive)
    method = np.concatenate([np.full(len(i), "双随机"), np.full(len(j), "重点检查")])
    i, m = np.concatenate([i, j]), np.concatenate([m, k])
    gone = draws.rng.random(len(i)) < logistic(-5.0 + 0.9 * draws.hidden.risks[VANISHING][i, m])
    found = draws.rng.random(len(i)) < logistic(-2.3 + 0.6 * draws.hidden.risks[COMPLIANCE][i, m])
    result = np.where(gone, "无法联系", np.where(found, "发现问题", "未发现问题"))
    day = draws.days(i, m)
    return draws.sheet(
        "监督检查.csv", "检查编号", "JC", draws.receipts(day, 5, 30),
        {SUBJECT: draws.world.uscc[i], "检查方式": method, "检查结果": result, "检查日期": day},
    )  # fmt: skip


def _penalties(draws: Draws) -> Sheet:
    """Fines are in 10,000 yuan; a simple-procedure fine is a trifle that honest enterprises get too."""
    seen = draws.seen(1, 0.5, COMPLIANCE)
    i, m = draws.hits(0.0045 * np.exp(0.55 * seen + 0.8 * draws.scene.after), draws.hidden.alive)
    j, k = draws.hits(np.full(seen.shape, 0.005), draws.hidden.alive)
    simple = np.concatenate([np.zeros(len(i), dtype=bool), np.ones(len(j), dtype=bool)])
    i, m = np.concatenate([i, j]), np.concatenate([m, k])
    grave = draws.rng.random(len(i)) + 0.06 * draws.hidden.risks[COMPLIANCE][i, m]
    severity = np.where(simple | (grave < 0.45), "轻微", np.where(grave < 0.92, "一般", "严重"))
    fine = draws.money(i, 0.03) * np.select([severity == "轻微", severity == "一般"], [0.1, 1.0], 4.0)
    day = draws.days(i, m)
    topics = ["市场监管", "安全生产", "消防", "税务", "生态环境", "劳动保障"]
    topic = draws.pick(topics, len(i), [0.4, 0.15, 0.15, 0.1, 0.1, 0.1])
    return draws.sheet(
        "行政处罚.csv", "行政处罚决定书文号", "沪浦罚", draws.receipts(day, 3, 12),
        {
            SUBJECT: draws.world.uscc[i],
            "处罚领域": topic,
            "失信程度": severity,
            "简易程序": yes_no(simple),
            "罚款金额（万元）": (fine / 10_000).round(4),
            "处罚决定日期": day,
            "公示截止日期": day + _publicity(day, severity, topic).astype("timedelta64[D]"),
        },
    )  # fmt: skip


def _publicity(day: Days, severity: Words, topic: Words) -> Ints:
    """Return days of publicity: three years or one by field until 2026-04-01, by severity from then on."""
    short = np.isin(topic, ["安全生产", "消防"])
    before = np.where(short, 365, 3 * 365)
    after = np.select([severity == "轻微", severity == "一般"], [90, 365], 3 * 365)
    return np.where(day < np.datetime64("2026-04-01"), before, after)


def _abnormal(draws: Draws) -> Sheet:
    rate = 0.0035 * np.exp(0.65 * draws.seen(1, 0.5, VANISHING) + 0.6 * draws.scene.after)
    i, m = draws.hits(rate, draws.hidden.alive)
    causes = ["未按规定公示年报", "住所无法联系", "公示信息弄虚作假"]
    day = draws.days(i, m)
    return draws.sheet(
        "经营异常名录.csv", "列入决定书文号", "沪市监异", draws.receipts(day, 1, 20),
        {
            SUBJECT: draws.world.uscc[i],
            "列入原因": draws.pick(causes, len(i), [0.5, 0.42, 0.08]),
            "列入日期": day,
        },
    )  # fmt: skip


def _complaints(draws: Draws) -> Sheet:
    strain = lagged(draws.hidden.stress, 1)
    rate = 0.014 * np.exp(0.35 * strain + draws.rng.normal(0, 0.7, draws.world.count)[:, None])
    i, m = draws.hits(rate, draws.scene.alive_inside)
    day = draws.days(i, m)
    true = draws.rng.random(len(i)) < logistic(-0.8 + 0.5 * strain[i, m])
    return draws.sheet(
        "投诉举报.csv", "工单编号", "TS", draws.receipts(day, 3, 15),
        {
            SUBJECT: draws.world.uscc[i],
            "诉求类别": draws.pick(["拖欠货款", "拖欠工资", "质量问题", "其他"], len(i), [0.35, 0.2, 0.25, 0.2]),
            "是否属实": yes_no(true),
            "受理日期": day,
        },
    )  # fmt: skip
