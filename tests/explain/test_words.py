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
    "Debt ratio moved by {value:+.0%}, above {peer:.0%} of its peers",
)
LATE = _words(
    "账册核销平均比期限晚{value:+,.0f}天，同业中{peer:.0%}的企业比它更早",
    "{value:,.0f} days after the deadline; {peer:.0%} of its peers are earlier",
)
TIMES = _words("为月均收汇的{value:.1f}倍", "{value:.1f} times")
OF_ASSETS = _words("相当于总资产的{value:+.1%}", "Profit moved by {value:+.1%} of assets")
LARGER = _words("注册资本大于{peer:.0%}的同业", "Registered capital larger than {peer:.0%} of its peers")


@pytest.mark.parametrize(
    ("words", "value", "peer", "zh", "en"),
    [
        (ABOVE, 5.0, 0.94, "近一年退汇5次，高于同业中94%的企业", "5 returned, above 94% of its peers"),
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
        (ABOVE, 5.0, 0.15, "近一年退汇5次，低于同业中85%的企业", "5 returned, below 85% of its peers"),
        (
            BELOW,
            0.5,
            0.74,
            "人数为此前的50%，同业中74%的企业比它更低",
            "50% as before; 74% of its peers are lower",
        ),
        (
            BELOW,
            0.5,
            0.29,
            "人数为此前的50%，同业中71%的企业比它更高",
            "50% as before; 71% of its peers are higher",
        ),
        (LARGER, 5.0, 0.76, "注册资本大于同业中76%的企业", "Registered capital larger than 76% of its peers"),
        (
            LARGER,
            5.0,
            0.26,
            "注册资本小于同业中74%的企业",
            "Registered capital smaller than 74% of its peers",
        ),
        (LARGER, 5.0, 1.0, "注册资本属同业中最大之列", "Registered capital among the largest of its peers"),
        (LARGER, 5.0, None, "“项目”同业太少，暂不比较", "Item: too few peers to compare"),
        (
            CHANGED,
            -0.07,
            0.3,
            "负债占资产的比例比上一年下降7个百分点，低于同业中70%的企业",
            "Debt ratio moved by -7 percentage points, below 70% of its peers",
        ),
        (
            CHANGED,
            0.07,
            None,
            "负债占资产的比例比上一年上升7个百分点",
            "Debt ratio moved by +7 percentage points",
        ),
        (CHANGED, 0.0, None, "负债占资产的比例比上一年没有变化", "Debt ratio moved by +0 percentage points"),
        (
            LATE,
            -21.0,
            0.33,
            "账册核销平均比期限早21天，同业中67%的企业比它更晚",
            "-21 days after the deadline; 67% of its peers are later",
        ),
        (
            LATE,
            6.0,
            0.72,
            "账册核销平均比期限晚6天，同业中72%的企业比它更早",
            "6 days after the deadline; 72% of its peers are earlier",
        ),
        (
            LATE,
            -40.0,
            0.0,
            "账册核销平均比期限早40天，属同业中最早之列",
            "-40 days after the deadline, among the earliest of its peers",
        ),
        (TIMES, 1.0, None, "为月均收汇的1倍", "1 times"),
        (TIMES, 10.0, None, "为月均收汇的10倍", "10 times"),
        (TIMES, 1.46, None, "为月均收汇的1.5倍", "1.5 times"),
        (TIMES, 0.02, None, "为月均收汇的不到0.1倍", "less than 0.1 times"),
        (TIMES, 0.0, None, "为月均收汇的0倍", "0 times"),
        (OF_ASSETS, 0.011, None, "相当于总资产的+1.1%", "Profit moved by +1.1% of assets"),
        (
            ABOVE,
            None,
            0.5,
            "“项目”没有足够的记录，模型按“无记录”计分",
            "Item: not enough on record; the model scores it as missing",
        ),
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
    assert say(words, None, 0.3)["zh"] == "“项目”没有足够的记录，模型按“无记录”计分", (
        "what is not known is no zero"
    )
