"""Files of standing: changes of registration, permits, ratings by others, certificates, measures, facilitation."""

from __future__ import annotations

import numpy as np

from credit_risk.simulation.calendar import Days, Floats, Ints, Words
from credit_risk.simulation.draws import Columns, Draws, Scene, Sheet
from credit_risk.simulation.hidden import COMPLIANCE, VANISHING

__all__ = ["standing_sheets"]

YEAR = np.timedelta64(365, "D")


def standing_sheets(scene: Scene, seed: int) -> list[Sheet]:
    """Return the files of standing."""
    return [
        _changes(Draws(scene, seed, "change_record")),
        _permits(Draws(scene, seed, "admin_permit")),
        _ratings(Draws(scene, seed, "external_eval")),
        _measures(Draws(scene, seed, "measure")),
        _certificates(Draws(scene, seed, "quality_cert")),
        _facilitation(Draws(scene, seed, "exit_entry")),
        _species(Draws(scene, seed, "cites_permit")),
        _drugs(Draws(scene, seed, "drug_device")),
        _hazards(Draws(scene, seed, "env_safety_fire")),
    ]


def _changes(draws: Draws) -> Sheet:
    """Changes are ordinary; those of the hands and the address come before an enterprise vanishes."""
    inside = draws.scene.alive_inside
    i, m = draws.hits(np.full(inside.shape, 0.012), inside)
    j, k = draws.hits(0.006 * np.exp(0.75 * draws.seen(0, 0.4, VANISHING)), inside)
    calm = draws.pick(
        ["法定代表人", "住所", "股东", "经营范围", "注册资本"], len(i), [0.12, 0.2, 0.18, 0.35, 0.15]
    )
    flight = draws.pick(["法定代表人", "住所", "股东"], len(j), [0.45, 0.3, 0.25])
    return draws.events(
        "变更登记.csv", "变更编号", "BG", np.concatenate([i, j]), np.concatenate([m, k]), (1, 15),
        lambda _: {"变更事项": np.concatenate([calm, flight])}, "变更日期",
    )  # fmt: skip


def _permits(draws: Draws) -> Sheet:
    i, m = draws.hits(0.015 * np.exp(-0.15 * draws.seen(1, 0.5)), draws.scene.alive_inside)
    kinds = draws.pick(["普通", "特许", "核准", "登记"], len(i), [0.5, 0.1, 0.25, 0.15])
    endless = draws.rng.random(len(i)) < 0.35

    def columns(day: Days) -> Columns:
        end = day + draws.rng.integers(1, 6, len(i)) * YEAR
        return {"许可类别": kinds, "有效期至": np.where(endless, np.datetime64("NaT", "D"), end)}

    return draws.events("行政许可.csv", "许可决定书文号", "沪浦许", i, m, (1, 10), columns, "许可决定日期")


def _ratings(draws: Draws) -> Sheet:
    """Each organ judges once a year whom it knows, with its own eyes and its own noise."""
    organs = {
        "市公共信用信息服务平台": (6, 0.9, 0.5), "浦东新区": (9, 0.5, 0.6), "消防救援机构": (3, 0.25, 0.9),
        "生态环境局": (4, 0.2, 0.9), "行业协会": (11, 0.2, 1.1),
    }  # fmt: skip
    parts: list[tuple[Ints, Ints, Words, Words]] = []
    turn = draws.calendar.starts[:-1].astype("datetime64[M]").astype(int) % 12
    for organ, (month, share, blur) in organs.items():
        eye = draws.seen(2, blur)
        knows = draws.rng.random(draws.world.count) < share
        for then in np.flatnonzero(turn == month):
            i = np.flatnonzero(draws.scene.alive_inside[:, then] & knows)
            points = eye[i, then] + 0.8 * draws.scene.after[i, then]
            grade = np.array(["A级", "B级", "C级", "D级"])[np.digitize(points, [0.7, 1.8, 2.8])]
            parts.append((i, np.full(len(i), then), np.full(len(i), organ), grade))
    i, m, organ_of, grade = (np.concatenate(column) for column in zip(*parts, strict=True))
    return draws.events(
        "信用评价结果.csv", "评价编号", "PJ", i, m, (2, 20),
        lambda day: {"评价单位": organ_of, "评价等级": grade, "有效期至": day + YEAR}, "评价日期",
    )  # fmt: skip


def _measures(draws: Draws) -> Sheet:
    """Incentives go to the calm, restrictions follow adverse events; both are decided by people elsewhere."""
    inside = draws.scene.alive_inside
    i, m = draws.hits(0.004 * np.exp(-0.6 * draws.seen(3, 0.4)), inside)
    j, k = draws.hits(0.25 * np.clip(draws.scene.after, 0, 1), inside)
    kind = np.concatenate([np.full(len(i), "激励"), np.full(len(j), "惩戒")])
    return draws.events(
        "激励惩戒措施.csv", "措施编号", "CS", np.concatenate([i, j]), np.concatenate([m, k]), (1, 10),
        lambda day: {
            "措施类型": kind,
            "实施依据": np.where(kind == "激励", "上海市社会信用条例", "全国失信惩戒措施基础清单"),
            "截止日期": day + YEAR,
        },
        "实施日期",
    )  # fmt: skip


def _certificates(draws: Draws) -> Sheet:
    inside = draws.scene.alive_inside
    i, m = draws.hits(0.006 * np.exp(-0.3 * draws.seen(2, 0.5)), inside)
    j, k = draws.hits(0.0009 * np.exp(0.6 * draws.seen(1, 0.5, COMPLIANCE)), inside)
    bad = draws.pick(["暂停", "撤销", "产品召回"], len(j), [0.45, 0.25, 0.3])
    return draws.events(
        "质量认证.csv", "证书编号", "RZ", np.concatenate([i, j]), np.concatenate([m, k]), (2, 20),
        lambda _: {"证书状态": np.concatenate([np.full(len(i), "获证"), bad])}, "状态日期",
    )  # fmt: skip


def _facilitation(draws: Draws) -> Sheet:
    large = draws.scene.alive_inside & (draws.world.size[:, None] >= 1)
    i, m = draws.hits(0.004 * np.exp(-0.4 * draws.seen(2, 0.5)), large)
    j, k = draws.hits(0.0006 * np.exp(0.6 * draws.seen(1, 0.5)), large)
    state = np.concatenate([np.full(len(i), "给予便利"), np.full(len(j), "取消便利")])
    return draws.events(
        "出入境便利.csv", "备案编号", "CRJ", np.concatenate([i, j]), np.concatenate([m, k]), (1, 8),
        lambda _: {"便利状态": state}, "日期",
    )  # fmt: skip


def _species(draws: Draws) -> Sheet:
    few = draws.world.trader & (draws.rng.random(draws.world.count) < 0.05)
    i, m = draws.hits(np.full(draws.hidden.stress.shape, 0.06), draws.scene.alive_inside & few[:, None])
    points = draws.hidden.risks[COMPLIANCE][i, m] + draws.rng.normal(0, 0.8, len(i))
    state = np.select([points > 2.4, points > 1.3], ["超量使用", "逾期未核销"], "正常核销")
    return draws.events(
        "濒危物种许可.csv", "许可证号", "BW", i, m, (2, 15), lambda _: {"核销情况": state}, "核销日期"
    )


def _drugs(draws: Draws) -> Sheet:
    few = draws.world.inside & (draws.rng.random(draws.world.count) < 0.08)
    i, m = draws.hits(np.full(draws.hidden.stress.shape, 0.05), draws.scene.alive_inside & few[:, None])
    points = draws.hidden.risks[COMPLIANCE][i, m] + draws.rng.normal(0, 0.8, len(i))
    kind = draws.pick(["许可检查", "监督抽检", "召回"], len(i), [0.35, 0.6, 0.05])
    passed = np.where((points > 1.6) | (kind == "召回"), "否", "是")
    return draws.events(
        "药械监管.csv", "事项编号", "YX", i, m, (3, 20),
        lambda _: {"事项类型": kind, "是否合格": passed}, "日期",
    )  # fmt: skip


def _hazards(draws: Draws) -> Sheet:
    rate: Floats = 0.004 * np.exp(0.55 * draws.seen(1, 0.5, COMPLIANCE))
    i, m = draws.hits(rate, draws.scene.alive_inside)
    field = draws.pick(["生态环境", "安全生产", "消防"], len(i), [0.25, 0.35, 0.4])
    kind = draws.pick(["一般隐患", "重大隐患", "事故"], len(i), [0.8, 0.15, 0.05])
    return draws.events(
        "生态安全消防.csv", "事项编号", "AQ", i, m, (2, 20),
        lambda _: {"领域": field, "事项类型": kind}, "发现日期",
    )  # fmt: skip
