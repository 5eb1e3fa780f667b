"""A report with something in every section, made of an invented zone."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from credit_risk.book.scale import GradeBand
from credit_risk.evaluation.bootstrap import judge
from credit_risk.evaluation.report import (
    Enterprise,
    Importance,
    Part,
    ReportContent,
    SourceFile,
    Variant,
    WarningLine,
)

LIMITS = {
    "AAA": (0.004, "A"), "AA": (0.012, "A"), "A": (0.03, "A"), "BBB": (0.05, "B"),
    "BB": (0.09, "B"), "B": (0.14, "C"), "CCC": (0.22, "C"),
    "CC": (0.35, "D"), "C": (0.6, "D"), "D": (1.0, "D"),
}  # fmt: skip
TREE = [
    ("supervision/judicial", "司法涉诉", "Courts", 31.4),
    ("dynamics/tax", "纳税行为", "Tax conduct", 24.8),
    ("relations/guarantees", "担保", "Guarantees", 9.2),
    ("supervision/lists", "名录名单", "Lists", 17.3),
    ("dynamics/labour", "用工与社保", "Labour and social insurance", 12.6),
    ("social_evaluation/honours", "荣誉表彰", "Honours", 3.1),
]


def bands() -> list[GradeBand]:
    return [
        GradeBand(grade=grade, pd_max=limit, public=public, title={"zh": grade, "en": grade})
        for grade, (limit, public) in LIMITS.items()
    ]


def part(name: str, n: int, seed: int, noise: float = 0.0) -> Part:
    rng = np.random.default_rng(seed)
    log_odds = rng.normal(-3.6, 1.25, n)
    y = (rng.random(n) < 1 / (1 + np.exp(-log_odds))).astype(int)
    pd = 1 / (1 + np.exp(-(log_odds + rng.normal(0, noise, n))))
    owner = rng.integers(0, n // 4, n)
    metrics = judge(y, pd, clusters=owner, threshold=0.14, population_rate=0.02, draws=200)
    return Part(name, n, float(y.mean()), metrics, y, pd)


def reasons() -> list[dict[str, Any]]:
    def shown(zh: str, en: str, points: float, records: int) -> dict[str, Any]:
        evidence = [
            {
                "about": "91310115MA1K3YJ12X",
                "kind": "enforced_person",
                "record_id": f"courts-{i:04d}-a3f9c2",
                "source": "courts",
                "event_date": f"2023-0{i + 3}-11",
                "received_at": f"2023-0{i + 3}-19 08:30:00",
            }
            for i in range(records)
        ]
        return {"name": "x", "points": points, "says": {"zh": zh, "en": en}, "evidence": evidence}

    return [
        {
            "group": "supervision/judicial",
            "title": {"zh": "司法涉诉", "en": "Courts"},
            "points": -62.4,
            "effect": "raises_risk",
            "indicators": [
                shown(
                    "近一年被法院执行3,480,000元，高于同业97%的企业",
                    "CNY 3,480,000 under enforcement in 12 months, above 97% of peers", -41.0, 3,
                ),
                shown("近一年作为被告6次", "Sued 6 times in 12 months", -18.2, 1),
            ],
        },
        {
            "group": "relations/guarantees",
            "title": {"zh": "担保", "en": "Guarantees"},
            "points": -14.1,
            "effect": "raises_risk",
            "indicators": [
                shown("为2家出现严重风险的企业提供担保", "Guarantees 2 in trouble", -14.1, 0)
            ],
        },
        {
            "group": "social_evaluation/honours",
            "title": {"zh": "荣誉表彰", "en": "Honours"},
            "points": 6.3,
            "effect": "lowers_risk",
            "indicators": [shown("获评守合同重信用企业", "Honoured as trustworthy", 6.3, 0)],
        },
    ]  # fmt: skip


def make() -> ReportContent:
    test = part("test", 6000, 3, 0.6)
    weaker = part("test", 6000, 3, 1.1)
    warning = {
        "says": {"zh": "近四个月参保人数明显减少，且欠缴社会保险费", "en": "Headcount fell"},
        "department": "人力资源和社会保障局",
        "action": {"zh": "核实用工情况，排查欠薪苗头", "en": "Verify staffing and wages"},
    }  # fmt: skip
    return ReportContent(
        title={"zh": "上海保税区域企业信用风险评估报告", "en": "Enterprise credit risk"},
        recipe={"zh": "十二个月严重失信预测", "en": "Serious dishonesty within 12 months"},
        model_id="compliance-12m-4f2a91c0",
        as_of="2023-12-31",
        lineage={
            "book": "bonded-zone 2026.11",
            "catalogue": "sha256:9d1c5f0e2b7a4468a1",
            "training_set": {"rows": 31480, "matured_until": "2022-09-30"},
        },
        parts=[part("validation", 4000, 2, 0.5), test],
        grades=bands(),
        importance=[
            Importance(group, {"zh": zh, "en": en}, points) for group, zh, en, points in TREE
        ],
        enterprises=[
            Enterprise("91310115MA1K3YJ12X", 402.7, 0.412, "C", reasons()),
            Enterprise("91310000607271234P", 431.9, 0.317, "CC", reasons()[:1]),
        ],
        warnings=[
            WarningLine(
                "B06", "orange", {"zh": "用工萎缩并欠缴社保", "en": "Shrinking staff"},
                subject="91310115MA1K3YJ12X", **warning,
            ),
            WarningLine(
                "A01", "red", {"zh": "列入严重失信主体名单", "en": "On a serious dishonesty list"},
                subject="91310000607271234P", **warning,
            ),
        ],
        sources=[
            SourceFile("market_regulation", "登记信息_2023.xlsx", 12840, 12700, 80, 40, 20),
            SourceFile("courts", "enforced_2023.csv", 3120, 3110, 5, 5, 0),
        ],
        variants=[
            Variant(
                "without_relations", "test", weaker.n, weaker.bad_rate, weaker.metrics,
                {"zh": "去掉关联指标", "en": "no relations"}
            )
        ],
        notes=[
            {"zh": "数据为模拟数据，不涉及真实企业。", "en": "Simulated data; no real enterprise."}
        ],
    )  # fmt: skip


@pytest.fixture(scope="session")
def content() -> ReportContent:
    return make()
