"""Files of means: financial statements, loans, pledges, freezes, auctions, export rebates, housing fund."""

from __future__ import annotations

import numpy as np

from credit_risk.simulation.draws import SUBJECT, Draws, Scene, Sheet, lagged, logistic, yes_no
from credit_risk.simulation.fading import SALES, STAFF
from credit_risk.simulation.fading import TRADE as TRADED
from credit_risk.simulation.hidden import INSOLVENCY, TRADE
from credit_risk.simulation.schemes import DOUBLE_PLEDGE

__all__ = ["means_sheets"]


def means_sheets(scene: Scene, seed: int) -> list[Sheet]:
    """Return the files of means."""
    return [
        _statements(Draws(scene, seed, "financial_statement")),
        _loans(Draws(scene, seed, "loan")),
        _pledges(Draws(scene, seed, "pledge_mortgage")),
        _freezes(Draws(scene, seed, "equity_freeze")),
        _auctions(Draws(scene, seed, "judicial_auction")),
        _rebates(Draws(scene, seed, "export_rebate")),
        _housing(Draws(scene, seed, "housing_fund")),
    ]


def _statements(draws: Draws) -> Sheet:
    """The year's statements of all but the smallest, handed in from March to May of the next year."""
    world, rng = draws.world, draws.rng
    files = world.inside & ((world.size >= 1) | (rng.random(world.count) < 0.3))
    lasting = rng.normal(0, 0.12, world.count)
    parts = []
    turn = draws.calendar.starts[:-1].astype("datetime64[M]").astype(int) % 12
    for december in np.flatnonzero(turn == 11):
        i = np.flatnonzero(draws.scene.alive_inside[:, december] & files)
        parts.append((i, np.full(len(i), december)))
    i, m = (np.concatenate(column) for column in zip(*parts, strict=True))
    strain = np.clip(draws.hidden.risks[INSOLVENCY][i, m], -3, 5)
    lost = draws.scene.fading.of(SALES)[i, m] / 2  # the mean of a year that fades
    revenue = world.revenue[i] * 12 * np.exp(-lost - 0.12 * strain + rng.normal(0, 0.25, len(i)))
    assets = revenue * np.exp(rng.normal(-0.3, 0.4, len(i)))
    debts = assets * np.clip(0.5 + 0.07 * strain + lasting[i] + rng.normal(0, 0.08, len(i)), 0.02, 1.7)
    short, liquid = debts * rng.uniform(0.5, 0.95, len(i)), assets * rng.uniform(0.35, 0.8, len(i))
    owed = np.clip(0.16 + 0.2 * lost + 0.03 * strain + rng.normal(0, 0.05, len(i)), 0.01, 0.9)
    amounts = {
        "资产总计（万元）": assets,
        "负债合计（万元）": debts,
        "流动资产（万元）": liquid * np.exp(-0.06 * strain),
        "流动负债（万元）": short,
        "应收账款（万元）": revenue * owed,
        "营业收入（万元）": revenue,
        "净利润（万元）": revenue * (0.05 - 0.022 * strain + rng.normal(0, 0.04, len(i))),
        "经营现金流净额（万元）": revenue * (0.06 - 0.025 * strain + rng.normal(0, 0.06, len(i))),
    }
    end = draws.calendar.ends[m]
    return draws.sheet(
        "财务报表.csv", "报表编号", "CWBB", draws.receipts(end, 65, 150),
        {
            SUBJECT: world.uscc[i],
            "报表期末": end,
            **{name: (value / 10_000).round(2) for name, value in amounts.items()},
        },
    )  # fmt: skip


def _loans(draws: Draws) -> Sheet:
    """A row a quarter for those who borrow and consent; overdue days grow with strain."""
    world, rng = draws.world, draws.rng
    borrows = world.inside & (rng.random(world.count) < 0.25 + 0.12 * world.size)
    quarter = draws.calendar.starts[1:].astype("datetime64[M]").astype(np.int64) % 3 == 0
    i, m = draws.grid(draws.scene.alive_inside & borrows[:, None] & quarter[None, :])
    strain = draws.hidden.risks[INSOLVENCY][i, m] + rng.normal(0, 0.5, world.count)[i]
    late = rng.random(len(i)) < logistic(-4.4 + 0.85 * strain)
    days = np.where(late, rng.gamma(1.5, 30 * np.exp(0.2 * np.clip(strain, -2, 4))), 0).astype(np.int64)
    words = np.array(["正常", "关注", "次级", "可疑", "损失"])[np.digitize(days, [1, 90, 180, 360])]
    balance = world.revenue[i] * rng.uniform(1, 4, len(i)) * np.exp(0.1 * strain)
    return draws.sheet(
        "信贷信息.csv", "账户编号", "XD", draws.receipts(draws.calendar.ends[m], 10, 30),
        {
            SUBJECT: world.uscc[i],
            "季度末": draws.calendar.ends[m],
            "贷款余额（万元）": (balance / 10_000).round(2),
            "逾期天数": days,
            "五级分类": words,
        },
    )  # fmt: skip


def _pledges(draws: Draws) -> Sheet:
    """Honest ones by strain, and those of goods that were pledged already."""
    i, m = draws.hits(0.004 * np.exp(0.35 * draws.seen(1, 0.5, INSOLVENCY)), draws.scene.alive_inside)
    kind = draws.pick(["股权出质", "动产抵押"], len(i), [0.45, 0.55])
    tie, twice = draws.scene.ties["pledges"], draws.world.schemes.mark(DOUBLE_PLEDGE, draws.world.count) > 0
    again = np.flatnonzero(twice[tie.src])
    day = np.concatenate([draws.days(i, m), tie.valid_from[again]])
    amount = np.concatenate([draws.money(i, 1.5), tie.weight[again]])
    return draws.sheet(
        "股权出质动产抵押.csv", "登记编号", "DYD", draws.receipts(day, 1, 8),
        {
            SUBJECT: draws.world.uscc[np.concatenate([i, tie.src[again]])],
            "担保类型": np.concatenate([kind, np.full(len(again), "动产抵押")]),
            "担保数额（万元）": (amount / 10_000).round(2),
            "登记日期": day,
        },
    )  # fmt: skip


def _freezes(draws: Draws) -> Sheet:
    rate = 0.0004 * np.exp(0.85 * draws.seen(0, 0.5, INSOLVENCY) + 0.8 * draws.scene.after)
    i, m = draws.hits(rate, draws.hidden.alive)
    amount = (draws.money(i, 0.8) / 10_000).round(2)
    return draws.events(
        "股权冻结.csv", "执行通知书文号", "沪0115执保", i, m, (3, 20),
        lambda day: {"冻结数额（万元）": amount, "冻结期限至": day + np.timedelta64(3 * 365, "D")}, "冻结日期",
    )  # fmt: skip


def _auctions(draws: Draws) -> Sheet:
    rate = 0.00012 * np.exp(0.7 * draws.seen(0, 0.5, INSOLVENCY) + 1.5 * draws.scene.after)
    i, m = draws.hits(rate, draws.hidden.alive)
    asset = draws.pick(["不动产", "设备", "股权", "存货"], len(i), [0.3, 0.35, 0.15, 0.2])
    price = draws.money(i, 0.9)
    return draws.events(
        "司法拍卖.csv", "拍卖公告号", "沪拍", i, m, (1, 8),
        lambda _: {"拍卖标的": asset, "起拍价（元）": price}, "公告日期",
    )  # fmt: skip


def _rebates(draws: Draws) -> Sheet:
    """Exporters claim every quarter; letters of inquiry follow suspicion."""
    world, rng = draws.world, draws.rng
    exports = world.trader & (rng.random(world.count) < 0.5)
    quarter = draws.calendar.starts[1:].astype("datetime64[M]").astype(np.int64) % 3 == 0
    i, m = draws.grid(draws.scene.alive_inside & exports[:, None] & quarter[None, :])
    risk = draws.hidden.risks[TRADE][i, m]
    lost = draws.scene.fading.of(TRADED)[i, m]
    claimed = np.sqrt(world.revenue[i]) * 60 * np.exp(-lost + 0.12 * risk + rng.normal(0, 0.4, len(i)))
    paid = np.clip(0.97 - 0.03 * np.clip(risk, 0, 4) + rng.normal(0, 0.03, len(i)), 0, 1)
    lasting = rng.normal(0, 0.5, world.count)[i]
    tier = np.array(["一类", "二类", "三类", "四类"])[np.digitize(risk + lasting, [-0.8, 1.5, 2.8])]
    return draws.sheet(
        "出口退税.csv", "汇总编号", "CKTS", draws.receipts(draws.calendar.ends[m], 15, 30),
        {
            SUBJECT: world.uscc[i],
            "季度末": draws.calendar.ends[m],
            "分类管理类别": tier,
            "申报退税额（元）": claimed.round().astype(np.int64),
            "已退税额（元）": (claimed * paid).round().astype(np.int64),
            "函调次数": rng.poisson(0.06 * np.exp(0.65 * risk)),
        },
    )  # fmt: skip


def _housing(draws: Draws) -> Sheet:
    """Three of four enterprises pay in every month; the fund is dropped before the insurance is."""
    world, rng = draws.world, draws.rng
    member = world.inside & (rng.random(world.count) < 0.75) & (world.staff > 1.5)
    i, m = draws.grid(draws.scene.alive_inside & member[:, None])
    strain = np.clip(lagged(draws.hidden.stress, 1), -2, 4)[i, m]
    lost = draws.scene.fading.of(STAFF)[i, m]
    people = world.staff[i] * 0.9 * np.exp(-lost - 0.12 * strain + rng.normal(0, 0.06, len(i)))
    owed = rng.random(len(i)) < logistic(-4.3 + 0.75 * strain + rng.normal(0, 0.6, world.count)[i])
    return draws.sheet(
        "公积金缴存.csv", "汇缴编号", "GJJ", draws.receipts(draws.calendar.ends[m], 15, 30),
        {
            SUBJECT: world.uscc[i],
            "汇缴月末": draws.calendar.ends[m],
            "缴存人数": np.maximum(np.round(people), 0).astype(np.int64),
            "是否欠缴": yes_no(owed),
        },
    )  # fmt: skip
