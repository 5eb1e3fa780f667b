"""A book of one department and an inbox to put bad files into."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from credit_risk.book import Rules, open_rules

BOOK = {
    "credit-risk.toml": """
name = "small"
version = "1"
[title]
zh = "小园区"
en = "A small zone"
""",
    "sources/all.yaml": """
records:
  - type: penalty
    title: {zh: 行政处罚, en: Penalty}
    department: 市场监督管理局
    fields:
      amount: {type: money, minimum: 0}
      kind: {type: code, codes: {fine: {zh: 罚款, en: fine}, warning: {zh: 警告, en: warning}}}
  - type: repair
    title: {zh: 信用修复, en: Repair}
    department: 市场监督管理局
    life: repair
relations:
  - type: legal_rep
    title: {zh: 法定代表人, en: Legal representative}
    src: person
sources:
  - source: penalties
    title: {zh: 行政处罚, en: Penalties}
    to: penalty
    files: penalties*.csv
    map:
      subject: 统一社会信用代码
      source_record_id: 文号
      event_date: 处罚日期
      received_at: 归集时间
      usable_until: 公示截止
      amount: {column: 罚款金额（万元）, unit: 10000}
      kind: {column: 类别, codes: {罚款: fine, 警告: warning}}
  - source: repairs
    title: {zh: 信用修复, en: Repairs}
    to: repair
    files: repairs*.csv
    optional: true
    map:
      subject: 统一社会信用代码
      source_record_id: 文号
      event_date: 修复日期
      received_at: 归集时间
      target: {column: 原文号, record_of: penalties}
  - source: legal_reps
    title: {zh: 法定代表人, en: Legal representatives}
    to: legal_rep
    files: legal_reps*.csv
    optional: true
    map:
      src: {column: 证件号码, person: true}
      dst: 统一社会信用代码
      source_record_id: 编号
      valid_from: 任职日期
      received_at: 归集时间
""",
}


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Rules:
    monkeypatch.delenv("CREDIT_RISK_VAR", raising=False)
    for name, text in BOOK.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    rules = open_rules(tmp_path)
    rules.inbox.mkdir(parents=True)
    return rules


@pytest.fixture
def put(small: Rules) -> Callable[..., Path]:
    def put(name: str, text: str, encoding: str = "utf-8") -> Path:
        path = small.inbox / name
        path.write_bytes(text.encode(encoding))
        return path

    return put
