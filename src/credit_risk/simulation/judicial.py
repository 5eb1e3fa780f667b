"""Files of the courts: lawsuits and enforcement."""

from __future__ import annotations

import numpy as np

from credit_risk.simulation.draws import SUBJECT, Draws, Scene, Sheet
from credit_risk.simulation.hidden import INSOLVENCY

__all__ = ["judicial_sheets"]

CAUSES = ["买卖合同纠纷", "运输合同纠纷", "金融借款合同纠纷", "劳动争议", "其他"]


def judicial_sheets(scene: Scene, seed: int) -> list[Sheet]:
    """Return the courts' files."""
    return [_lawsuits(Draws(scene, seed, "lawsuit")), _enforced(Draws(scene, seed, "enforced"))]


def _lawsuits(draws: Draws) -> Sheet:
    """Being sued follows risk; suing does not."""
    alive, size = draws.hidden.alive, np.asarray(0.5 + 0.5 * draws.world.size[:, None], dtype=np.float64)
    sued = 0.011 * size * np.exp(0.5 * draws.seen(1, 0.6, INSOLVENCY) + 1.0 * draws.scene.after)
    i, m = draws.hits(sued, alive)
    j, k = draws.hits(0.012 * size * np.ones_like(sued), alive)
    role = np.concatenate([np.full(len(i), "被告"), np.full(len(j), "原告")])
    i, m = np.concatenate([i, j]), np.concatenate([m, k])
    day = draws.days(i, m)
    return draws.sheet(
        "涉诉信息.csv", "案号", "沪0115民初", draws.receipts(day, 10, 60),
        {
            SUBJECT: draws.world.uscc[i],
            "诉讼地位": role,
            "案由": draws.pick(CAUSES, len(i), [0.4, 0.2, 0.12, 0.18, 0.1]),
            "标的金额（元）": draws.money(i, 0.3),
            "立案日期": day,
        },
    )  # fmt: skip


def _enforced(draws: Draws) -> Sheet:
    rate = 0.0026 * np.exp(0.75 * draws.seen(1, 0.6, INSOLVENCY) + 1.2 * draws.scene.after)
    i, m = draws.hits(rate, draws.hidden.alive)
    day = draws.days(i, m)
    return draws.sheet(
        "被执行人.csv", "案号", "沪0115执", draws.receipts(day, 5, 20),
        {
            SUBJECT: draws.world.uscc[i],
            "执行标的（元）": draws.money(i, 0.4),
            "立案日期": day,
        },
    )  # fmt: skip
