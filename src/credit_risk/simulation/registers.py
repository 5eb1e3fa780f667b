"""Files of registration: enterprises, exits, annual reports, and every kind of relation."""

from __future__ import annotations

import numpy as np

from credit_risk.simulation.adverse import Adverse
from credit_risk.simulation.calendar import Ints, Words
from credit_risk.simulation.codes import person_numbers
from credit_risk.simulation.draws import RECEIVED, SUBJECT, Columns, Draws, Scene, Sheet, logistic
from credit_risk.simulation.hidden import KINDS
from credit_risk.simulation.population import INDUSTRIES, SIZES, ZONES
from credit_risk.simulation.ties import PERSONAL, SHARED, Tie

__all__ = ["register_sheets", "relation_sheets"]

ENDS = {
    "shareholder": ("股东出资.csv", "股东统一社会信用代码", SUBJECT, "持股比例", "GD"),
    "guarantees": ("对外担保.csv", "担保人统一社会信用代码", "被担保人统一社会信用代码", "担保金额（万元）", "DB"),
    "supplies": ("供应关系.csv", "销方统一社会信用代码", "购方统一社会信用代码", "采购占比", "GY"),
    "declares_for": ("报关代理.csv", "报关企业统一社会信用代码", "委托人统一社会信用代码", "报关单占比", "DL"),
    "legal_rep": ("法定代表人.csv", "证件号码", SUBJECT, None, "FR"),
    "executive": ("董监高任职.csv", "证件号码", SUBJECT, None, "RZ"),
    "same_address": ("住所登记.csv", SUBJECT, "地址编码", None, "DZ"),
    "same_phone": ("联系电话登记.csv", SUBJECT, "电话编码", None, "DH"),
    "same_agent": ("代办机构登记.csv", SUBJECT, "代办机构编码", None, "DA"),
    "branch": ("分支机构.csv", "总机构统一社会信用代码", SUBJECT, None, "FZ"),
    "stores_at": ("仓储服务.csv", "仓储企业统一社会信用代码", "委托人统一社会信用代码", "存放货值（元）", "CC"),
    "carries": ("运输服务.csv", "承运企业统一社会信用代码", "委托人统一社会信用代码", "承运货值（元）", "YS"),
    "pledges": ("出质关系.csv", "出质人统一社会信用代码", "质权人统一社会信用代码", "担保数额（元）", "ZY"),
    "litigates": ("诉讼当事人.csv", "被告统一社会信用代码", "原告统一社会信用代码", "标的金额（元）", "SS"),
    "pays": ("跨境资金往来.csv", "付款人统一社会信用代码", "收款人统一社会信用代码", "付款金额（元）", "WL"),
    "bids_with": ("同标投标.csv", "投标人统一社会信用代码", "同标投标人统一社会信用代码", None, "TB"),
}  # fmt: skip


def register_sheets(scene: Scene, seed: int, adverse: Adverse) -> list[Sheet]:
    """Return the files of enterprises, exits and annual reports."""
    return [
        _registration(Draws(scene, seed, "registration")),
        _exits(Draws(scene, seed, "deregistration"), adverse),
        _annual_reports(Draws(scene, seed, "annual_report")),
    ]


def relation_sheets(scene: Scene, seed: int) -> list[Sheet]:
    """Return one file per kind of relation; an ended one appears again, with its end, once that is known."""
    return [_relation(Draws(scene, seed, kind), tie) for kind, tie in scene.ties.items()]


def _registration(draws: Draws) -> Sheet:
    world = draws.world
    capital = (world.revenue * 12 * np.exp(draws.rng.normal(-0.5, 0.8, world.count)) / 10_000).round()
    return draws.sheet(
        "企业登记.csv", "登记编号", "DJ", draws.receipts(world.founded, 1, 3),
        {
            SUBJECT: world.uscc,
            "企业名称": world.name,
            "成立日期": world.founded,
            "注册资本（万元）": np.maximum(capital, 10).astype(np.int64),
            "行业": np.array(INDUSTRIES)[world.industry],
            "企业规模": np.array(SIZES)[world.size],
            "所在区域": np.array(ZONES)[world.zone],
        },
    )  # fmt: skip


def _exits(draws: Draws, adverse: Adverse) -> Sheet:
    """Those who leave by themselves, and those whose licence is revoked or whose name is struck off."""
    left = np.flatnonzero(draws.hidden.exit_month < draws.calendar.months)
    revoked = (draws.hidden.event[left] == KINDS.index("revoked")).any(axis=1)
    left = left[~revoked]
    day = draws.days(left, draws.hidden.exit_month[left])
    i, decided, learnt = adverse.of("revoked")
    forced = draws.pick(["吊销", "强制除名"], len(i), [0.6, 0.4])
    return draws.sheet(
        "注销吊销.csv", "核准文号", "ZX", np.concatenate([draws.receipts(day, 1, 5), learnt]),
        {
            SUBJECT: draws.world.uscc[np.concatenate([left, i])],
            "退出方式": np.concatenate([np.full(len(left), "注销"), forced]),
            "核准日期": np.concatenate([day, decided]),
        },
    )  # fmt: skip


def _annual_reports(draws: Draws) -> Sheet:
    """The report on last year is due on 30 June; who misses it is noted on 1 July."""
    parts = []
    for june in np.flatnonzero(draws.calendar.starts[:-1].astype("datetime64[M]").astype(int) % 12 == 5):
        if june < 6:
            continue
        i = np.flatnonzero(draws.scene.alive_inside[:, june] & draws.scene.alive_inside[:, june - 6])
        missed = draws.rng.random(len(i)) < logistic(-3.2 + 0.55 * draws.hidden.risk[i, june])
        first, last = draws.calendar.starts[june - 5], draws.calendar.starts[june + 1]
        filed = first + draws.rng.integers(10, 178, len(i)).astype("timedelta64[D]")
        parts.append((i, np.full(len(i), june), missed, np.where(missed, last, filed)))
    i, month, missed, day = (np.concatenate(column) for column in zip(*parts, strict=True))
    strain = draws.hidden.risk[i, np.maximum(month - 6, 0)]
    assets = draws.world.revenue[i] * 8 * np.exp(draws.rng.normal(0, 0.4, len(i)))
    leverage = np.clip(0.5 + 0.07 * strain + draws.rng.normal(0, 0.14, len(i)), 0.02, 1.6)
    shown = {"资产总额（万元）": assets, "负债总额（万元）": assets * leverage}
    amounts = {k: np.where(missed, np.nan, (v / 10_000).round(2)) for k, v in shown.items()}
    return draws.sheet(
        "企业年报.csv", "年报编号", "NB", draws.receipts(day, 1, 10),
        {
            SUBJECT: draws.world.uscc[i],
            "报告年度": draws.calendar.starts[month].astype("datetime64[Y]").astype(int) + 1969,
            "报送情况": np.where(missed, "逾期未报", "按时报送"),
            **amounts,
            "日期": day,
        },
    )  # fmt: skip


def _relation(draws: Draws, tie: Tie) -> Sheet:
    file, source, target, weight, prefix = ENDS[tie.kind]
    ended = ~np.isnat(tie.valid_to)
    columns: Columns = {
        source: _end(draws, tie, tie.src, tie.kind in PERSONAL),
        target: _end(draws, tie, tie.dst, False),
        "起始日期": tie.valid_from,
        "终止日期": np.full(len(tie.src), np.datetime64("NaT", "D")),
    }
    if weight:
        scale = 10_000 if "万元" in weight else 1
        columns[weight] = (tie.weight / scale).round(4)
    received = draws.receipts(tie.valid_from, 3, 25)
    sheet = draws.sheet(file, "关系编号", prefix, received, {**columns, "_row": np.arange(len(ended))})
    return _with_ends(draws, sheet, tie)


def _with_ends(draws: Draws, sheet: Sheet, tie: Tie) -> Sheet:
    rows = sheet.columns.pop("_row")
    stop = tie.valid_to[rows]
    learnt = draws.receipts(np.where(np.isnat(stop), draws.calendar.starts[0], stop), 3, 25)
    known = ~np.isnat(stop) & (learnt.astype("datetime64[D]") <= draws.calendar.last_day)
    again = {**sheet.take(known), "终止日期": stop[known], RECEIVED: learnt[known]}
    merged = {name: np.concatenate([sheet.columns[name], again[name]]) for name in sheet.columns}
    return Sheet(sheet.file, merged, corrected=int(known.sum()))


def _end(draws: Draws, tie: Tie, ids: Ints, person: bool) -> Words:
    if person:
        return person_numbers(int(ids.max()) + 1)[ids]
    if tie.kind in SHARED and ids is tie.dst:
        letter = {"same_address": "A", "same_phone": "P", "same_agent": "D"}[tie.kind]
        return np.char.add(letter, np.char.zfill(ids.astype(np.str_), 6))
    return draws.world.uscc[ids]
