"""What a person reads: no zero where there is a word for it, no percentile without peers, no share of nobody."""

from __future__ import annotations

import pytest

from credit_risk.explain.wording import IndicatorWords
from credit_risk.explain.words import say


def _words(zh: str, en: str, **more: object) -> IndicatorWords:
    plain = {
        "title": {"zh": "项目", "en": "Item"}, "says": {"zh": zh, "en": en}, "tree": "t", "kind": "number",
        "risk": "increases", "codes": {}, "repairable": None, "basis": "",
    }  # fmt: skip
    return IndicatorWords(**{**plain, **more})  # type: ignore[arg-type]


ABOVE = _words(
    "近一年退汇{value:,.0f}次，高于{peer:.0%}的同业", "{value:,.0f} returned, above {peer:.0%} of its peers"
)
BELOW = _words(
    "人数为此前的{value:.0%}，同业中{peer:.0%}的企业比它更低",
    "{value:.0%} as before; {peer:.0%} of its peers are lower",
)
CHANGED = _words(
    "负债占资产的比例比上一年变化{value:+.0%}，高于{peer:.0%}的同业",
    "{value:+.0%} of assets, above {peer:.0%} of its peers",
)
LARGER = _words("注册资本大于{peer:.0%}的同业", "Registered capital larger than {peer:.0%} of its peers")


@pytest.mark.parametrize(
    ("words", "value", "peer", "zh", "en"),
    [
        (ABOVE, 5.0, 0.94, "近一年退汇5次，高于94%的同业", "5 returned, above 94% of its peers"),
        (ABOVE, 5.0, None, "近一年退汇5次", "5 returned"),
        (ABOVE, 5.0, float("nan"), "近一年退汇5次", "5 returned"),
        (ABOVE, 5.0, 1.0, "近一年退汇5次，属同业中最高之列", "5 returned, among the highest of its peers"),
        (ABOVE, 5.0, 0.004, "近一年退汇5次，属同业中最低之列", "5 returned, among the lowest of its peers"),
        (
            BELOW,
            0.5,
            0.0,
            "人数为此前的50%，属同业中最低之列",
            "50% as before, among the lowest of its peers",
        ),
        (BELOW, 0.5, None, "人数为此前的50%", "50% as before"),
        (LARGER, 5.0, 0.26, "注册资本大于26%的同业", "Registered capital larger than 26% of its peers"),
        (LARGER, 5.0, 1.0, "注册资本属同业中最大之列", "Registered capital among the largest of its peers"),
        (LARGER, 5.0, None, "“项目”同业太少，暂不比较", "Item: too few peers to compare"),
        (
            CHANGED,
            -0.07,
            0.3,
            "负债占资产的比例比上一年下降7%，高于30%的同业",
            "-7% of assets, above 30% of its peers",
        ),
        (CHANGED, 0.07, None, "负债占资产的比例比上一年上升7%", "+7% of assets"),
        (CHANGED, 0.0, None, "负债占资产的比例比上一年没有变化", "+0% of assets"),
        (ABOVE, None, 0.5, "“项目”暂无可用记录", "Item: no usable record"),
    ],
)
def test_a_value_is_said(
    words: IndicatorWords, value: float | None, peer: float | None, zh: str, en: str
) -> None:
    assert say(words, value, peer) == {"zh": zh, "en": en}


def test_a_zero_that_has_its_own_words_is_said_in_them() -> None:
    none = {"zh": "近一年没有退汇", "en": "Nothing returned in 12 months"}
    words = _words("退汇{value:,.0f}次", "{value:,.0f} returned", says_zero=none)
    assert say(words, 0.0, 0.3) == none and say(words, 1.0, 0.3)["zh"] == "退汇1次"
    assert say(words, None, 0.3)["zh"] == "“项目”暂无可用记录", "what is not known is no zero"
