"""Words of the engine in the language of the page: why a row was refused, what was done, what the ledger noted."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from credit_risk.book import Rules
from credit_risk.book.schema import Text
from credit_risk.serving.console.session import Look
from credit_risk.warnings.ledger import ACTS

__all__ = ["doing", "engine_said", "field_title", "refusal"]

REFUSALS = {
    "missing": "缺失",
    "not a valid USCC": "统一社会信用代码无效",
    "not a date": "不是日期",
    "not a date and time": "不是日期时间",
    "not a number of this kind": "不是此类数字",
    "neither yes nor no": "既非是也非否",
    "unknown code": "代码不在码表中",
    "broken characters": "乱码",
    "received in the future": "归集时间在未来",
    "later than its receipt": "发生日期晚于归集",
    "earlier than its beginning": "截止早于起始",
    "same id and receipt, different content": "编号与归集时间相同，内容不同",
    "a correction names another enterprise; withdraw the record and report it anew": "更正改了企业，应撤销后重新报送",
}
FIELDS = {
    "subject": Text(zh="企业代码", en="Enterprise"),
    "event_date": Text(zh="发生日期", en="Day of the event"),
    "received_at": Text(zh="归集时间", en="Received at"),
    "usable_from": Text(zh="可用自", en="Usable from"),
    "usable_until": Text(zh="公示截止", en="Usable until"),
    "source_record_id": Text(zh="来源编号", en="Id at the source"),
    "src": Text(zh="起点", en="From"),
    "dst": Text(zh="终点", en="To"),
    "valid_from": Text(zh="起始日期", en="Valid from"),
    "valid_to": Text(zh="终止日期", en="Valid to"),
    "weight": Text(zh="权重", en="Weight"),
}
DOINGS = {
    "console.sign_in": Text(zh="登录", en="Sign in"),
    "console.sign_out": Text(zh="退出", en="Sign out"),
    "case.read": Text(zh="查看预警", en="Read a warning"),
    "enterprise.read": Text(zh="查看企业", en="Read an enterprise"),
    "archive.read": Text(zh="查看档案", en="Read an archive"),
    "record.read": Text(zh="查看记录", en="Read a record"),
    "relations.read": Text(zh="查看关联", en="Read relations"),
    "standing.read": Text(zh="查看各部门评价", en="Read the standing"),
    "what_if.read": Text(zh="试算修复", en="Supposed a repair"),
    "change.read": Text(zh="查看评分变化", en="Read a change"),
    "report.read": Text(zh="查看信用报告", en="Read a credit report"),
    "report.open": Text(zh="打开模型报告", en="Opened a model's report"),
    "model.compare": Text(zh="比较模型", en="Compared models"),
    "account.open": Text(zh="开通账号", en="Opened an account"),
    "account.close": Text(zh="关闭账号", en="Closed an account"),
    "key.make": Text(zh="发放密钥", en="Made a key"),
    "key.revoke": Text(zh="作废密钥", en="Revoked a key"),
    "measure.ask": Text(zh="提请限制措施", en="Asked for a restriction"),
    "measure.propose": Text(zh="建议措施", en="Proposed a measure"),
    "override.propose": Text(zh="提出人工决定", en="Proposed a decision"),
    "override.approve": Text(zh="同意人工决定", en="Approved a decision"),
    "override.refuse": Text(zh="不同意人工决定", en="Refused a decision"),
    "override.end": Text(zh="终止人工决定", en="Ended a decision"),
}
BY_ENGINE = re.compile(r"(?P<zh>[^A-Za-z]+?) (?P<en>[A-Za-z][A-Za-z ]*)(?:: (?P<codes>\S+))?")

NEW_EVIDENCE = re.compile(
    r"新证据 (?P<records>\d+) 条 new records; (?P<before>\S*) → (?P<after>\S*); \S+ → \S+"
)


def refusal(reason: str, language: str) -> str:
    """Return why a row was refused; what is not known here stays as it is."""
    return REFUSALS.get(reason, reason) if language == "zh" else reason


def field_title(rules: Rules, source: str, field: str) -> Text:
    """Return the title of a field that a source reports, its name where it has none."""
    told = next((s for s in rules.sources.values() if s.source == source), None)
    record = rules.records.get(told.to) if told else None
    rule = record.fields.get(field) if record else None
    return (rule and rule.title) or FIELDS.get(field) or Text(zh=field, en=field)


def doing(action: str) -> Text | None:
    """Return what an action of the audit chain is called, None where it has no words but its own."""
    case, _, act = action.partition(".")
    if case == "case" and act in ACTS:
        return ACTS[act].title
    return DOINGS.get(action.split(" ")[0])


def engine_said(reason: str, look: Look, titles: Mapping[str, Any]) -> str:
    """Return what the ledger noted by itself (``中文 English: CODES``) in one language, codes by their titles."""

    def named(codes: str) -> str:
        words = [look.text(titles[code].title) if code in titles else code for code in codes.split(",")]
        return look.say("、", ", ").join(words)

    if more := NEW_EVIDENCE.fullmatch(reason):
        said = look.say(f"新证据 {more['records']} 条", f"{more['records']} new records")
        added = [code for code in more["after"].split(",") if code not in more["before"].split(",")]
        return said + (look.say("；新增：", "; new: ") + named(",".join(added)) if added else "")
    told = BY_ENGINE.fullmatch(reason)
    if told is None:
        return reason
    said = look.say(told["zh"], told["en"])
    return said + (look.say("：", ": ") + named(told["codes"]) if told["codes"] else "")
