"""Files of society: tenders, support, investment abroad, opinion, intellectual property."""

from __future__ import annotations

import numpy as np

from credit_risk.simulation.draws import Draws, Scene, Sheet, lagged, yes_no
from credit_risk.simulation.hidden import COMPLIANCE, INSOLVENCY

__all__ = ["society_sheets"]


def society_sheets(scene: Scene, seed: int) -> list[Sheet]:
    """Return the files of society."""
    return [
        _contracts(Draws(scene, seed, "bid_contract")),
        _support(Draws(scene, seed, "fiscal_support")),
        _abroad(Draws(scene, seed, "odi_filing")),
        _opinion(Draws(scene, seed, "opinion")),
        _property(Draws(scene, seed, "ip")),
    ]


def _contracts(draws: Draws) -> Sheet:
    i, m = draws.hits(np.full(draws.hidden.stress.shape, 0.012), draws.scene.alive_inside)
    points = draws.hidden.risks[INSOLVENCY][i, m] + draws.rng.normal(0, 0.9, len(i))
    state = np.select([points > 2.6, points > 1.5], ["违约", "延期履行"], "履行完毕")
    amount = (draws.money(i, 0.6) / 10_000).round(2)
    return draws.events(
        "招投标合同履约.csv", "合同编号", "HT", i, m, (2, 20),
        lambda _: {"履约情况": state, "合同金额（万元）": amount}, "核验日期",
    )  # fmt: skip


def _support(draws: Draws) -> Sheet:
    i, m = draws.hits(0.008 * np.exp(-0.2 * draws.seen(2, 0.5)), draws.scene.alive_inside)
    points = draws.hidden.risks[COMPLIANCE][i, m] + draws.rng.normal(0, 0.9, len(i))
    bad = np.select([points > 2.6, points > 1.7], ["资金追回", "验收未通过"], "验收通过")
    state = np.where(draws.rng.random(len(i)) < 0.5, "已拨付", bad)
    amount = (draws.money(i, 0.2) / 10_000).round(2)
    return draws.events(
        "财政扶持.csv", "项目编号", "FC", i, m, (2, 15),
        lambda _: {"项目状态": state, "扶持金额（万元）": amount}, "节点日期",
    )  # fmt: skip


def _abroad(draws: Draws) -> Sheet:
    able = draws.scene.alive_inside & (draws.world.size[:, None] >= 2)
    i, m = draws.hits(np.full(able.shape, 0.01), able)
    late = draws.hidden.risks[COMPLIANCE][i, m] + draws.rng.normal(0, 0.9, len(i)) > 1.7
    amount = (draws.money(i, 3.0) / 10_000).round(2)
    return draws.events(
        "境外投资备案.csv", "备案编号", "ODI", i, m, (5, 30),
        lambda _: {"投资额（万元）": amount, "按期报告": yes_no(~late)}, "报告日期",
    )  # fmt: skip


def _opinion(draws: Draws) -> Sheet:
    """What is said of it: mostly noise, more often bad when an enterprise is under strain."""
    strain = np.clip(lagged(draws.hidden.stress, 1), -2, 4)
    i, m = draws.hits(0.02 * np.exp(0.25 * strain), draws.scene.alive_inside)
    points = 0.6 * strain[i, m] + draws.rng.normal(0, 1.0, len(i))
    polarity = np.select([points > 0.7, points > -0.6], ["负面", "中性"], "正面")
    credible = yes_no(draws.rng.random(len(i)) < 0.6)
    return draws.events(
        "舆情信息.csv", "条目编号", "YQ", i, m, (0, 2),
        lambda _: {"倾向": polarity, "来源可信": credible}, "发布日期",
    )  # fmt: skip


def _property(draws: Draws) -> Sheet:
    inside = draws.scene.alive_inside
    i, m = draws.hits(0.006 * np.exp(-0.2 * draws.seen(2, 0.6)), inside)
    j, k = draws.hits(0.0012 * np.exp(0.4 * draws.seen(1, 0.6)), inside)
    good = draws.pick(["专利授权", "商标注册"], len(i), [0.5, 0.5])
    bad = draws.pick(["知识产权质押", "侵权认定"], len(j), [0.6, 0.4])
    kind = np.concatenate([good, bad])
    return draws.events(
        "知识产权.csv", "登记号", "ZSCQ", np.concatenate([i, j]), np.concatenate([m, k]), (3, 20),
        lambda _: {"类别": kind}, "登记日期",
    )  # fmt: skip
