"""The words of warnings: leads, never accusations; nothing that a person reads calls anybody guilty."""

from __future__ import annotations

import re

import pytest
from tests.conftest import ROOT

from credit_risk.book import open_rules

RULES = open_rules(ROOT)
ACCUSING_ZH = [
    "犯罪",
    "罪犯",
    "骗子",
    "老赖",
    "违法者",
    "已违法",
    "构成违法",
    "应予处罚",
    "立即处罚",
    "列入黑名单",
    "拉黑",
    "造假者",
    "非法经营者",
]
ACCUSING_EN = (
    r"\b(criminal|guilty|fraudster|cheat(er|s)?|crook|illegal(ly)?|offender|punish|blacklist|convict)\b"
)
STATUTORY = {"A01"}  # mirrors what an authority decided, in its words


def _texts(code: str) -> list[tuple[str, str]]:
    signal = RULES.signals[code]
    texts = [signal.title, signal.says, signal.action] + ([signal.matter] if signal.matter else [])
    return [(t.zh, t.en) for t in texts]


@pytest.mark.parametrize("code", sorted(RULES.signals))
def test_no_signal_accuses(code: str) -> None:
    for zh, en in _texts(code):
        assert not [w for w in ACCUSING_ZH if w in zh], zh
        assert not re.search(ACCUSING_EN, en, re.IGNORECASE), en


@pytest.mark.parametrize("code", sorted(RULES.signals))
def test_a_lead_suspects_and_never_finds(code: str) -> None:
    matter = RULES.signals[code].matter
    if matter is not None:
        assert matter.zh.startswith("疑似") and matter.en.startswith("Suspected")
        assert RULES.signals[code].department


def test_the_guard_would_catch_an_accusation() -> None:
    assert re.search(ACCUSING_EN, "The owner is guilty of fraud", re.IGNORECASE)
    assert any(w in "该企业构成违法，应予处罚" for w in ACCUSING_ZH)


@pytest.mark.parametrize("code", sorted(RULES.signals))
def test_actions_are_proposals_to_people_and_never_lists_or_measures(code: str) -> None:
    action = RULES.signals[code].action
    assert not re.search(r"列入|处罚|吊销|冻结|取消资格", action.zh), action.zh
    assert not re.search(
        r"\b(list|fine|revoke|freeze|ban)\b (it|them|the enterprise)", action.en, re.IGNORECASE
    )


def test_the_core_thirty_are_declared_in_full() -> None:
    core = "A01 A02 A03 A04 A05 B01 B02 B03 B04 B05 B06 C01 C02 C03 C05 C07 C08 C10 D01 D02 D04 E01 E04 H01 G01 G02 G05 G06 G07 M02"
    assert set(core.split()) <= set(RULES.signals)
    assert {s.kind for s in RULES.signals.values()} == {"rule", "model", "anomaly", "trend", "graph"}
    for signal in RULES.signals.values():
        assert (
            signal.says.zh and signal.says.en and signal.action.zh and signal.department and signal.evidence
        )
        assert all(head in RULES.outcomes for head in signal.heads)
        assert all(kind in RULES.records for kind in signal.silence_of)
