"""Say an indicator's value in Chinese and English, as its catalogue entry words it.

What a format cannot say is said here: nothing known, a zero that has words of its own (``says_zero``), a change that
goes up or down, and the place among the peers. A sentence never says "above 0 % of its peers", and without peers it
says nothing of them.
"""

from __future__ import annotations

import math
import re
from typing import Any

from credit_risk.explain.wording import IndicatorWords

__all__ = ["say"]

NOTHING = {
    "zh": "“{}”没有足够的记录，模型按“无记录”计分",
    "en": "{}: not enough on record; the model scores it as missing",
}
ALONE = {"zh": "“{}”同业太少，暂不比较", "en": "{}: too few peers to compare"}
ENDS = 0.005  # a share that would be shown as 0 % or 100 %

PLACES = {
    "zh": re.compile(
        r"(?P<comma>，?)(?:(?P<above>高于|大于|多于)\{peer:\.0%\}的同业"
        r"|同业中\{peer:\.0%\}的企业比它更?(?P<below>低|小|少|早))"
    ),
    "en": re.compile(
        r"(?P<comma>[,;]?) ?(?:(?P<above>above|larger than|more than) \{peer:\.0%\} of its peers"
        r"|\{peer:\.0%\} of its peers (?P<below>are lower|have less|have fewer|are earlier))"
    ),
}
VALUE = re.compile(r"\{value:([^}+]*)\}")
CHANGE = {
    "zh": re.compile(r"(?P<word>变化|晚)\{value:\+(?P<form>[^}]*)\}"),
    "en": re.compile(r"(?P<word>moved by )\{value:(?P<form>\+[^}]*%)\}(?! of)"),
}
UP_DOWN = {"变化": ("上升", "下降", "没有变化"), "晚": ("晚", "早", "早晚相抵")}
POINTS = {"zh": "个百分点", "en": " percentage points"}
UNDER = {"zh": "不到", "en": "less than "}
LOWEST = {
    "高于": "最低", "低": "最低", "大于": "最小", "小": "最小", "多于": "最少", "少": "最少", "早": "最早",
    "above": "lowest", "are lower": "lowest", "larger than": "smallest", "have less": "smallest",
    "more than": "fewest", "have fewer": "fewest", "are earlier": "earliest",
}  # fmt: skip
HIGHEST = {
    "最低": "最高", "最小": "最大", "最少": "最多", "最早": "最晚",
    "lowest": "highest", "smallest": "largest", "fewest": "most", "earliest": "latest",
}  # fmt: skip
OPPOSITE = {
    "高于": "低于", "大于": "小于", "多于": "少于", "低": "高", "小": "大", "少": "多", "早": "晚",
    "above": "below", "larger than": "smaller than", "more than": "fewer than", "are lower": "are higher",
    "have less": "have more", "have fewer": "have more", "are earlier": "are later",
}  # fmt: skip
AMONG = {"zh": "{comma}属同业中{end}之列", "en": "{comma} among the {end} of its peers"}
ABOVE = {"zh": "{comma}{than}同业中{share:.0%}的企业", "en": "{comma} {than} {share:.0%} of its peers"}
BELOW = {"zh": "{comma}同业中{share:.0%}的企业比它更{are}", "en": "{comma} {share:.0%} of its peers {are}"}


def say(words: IndicatorWords, value: Any, peer: float | None) -> dict[str, str]:
    """Return ``{"zh": ..., "en": ...}`` for one value.

    A null value is said as not on record, which the model scores as such; it is never shown as zero. ``peer`` is the
    share of the peer group with a lower value, None where there are too few peers.
    """
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return {language: text.format(words.title[language]) for language, text in NOTHING.items()}
    if words.says_zero and value == 0:
        return dict(words.says_zero)
    known = None if peer is None or math.isnan(peer) else peer
    return {language: _said(words, language, value, known) for language in NOTHING}


def _said(words: IndicatorWords, language: str, value: Any, peer: float | None) -> str:
    shown: Any = value
    text = words.says[language]
    if words.kind == "category":
        shown = words.codes.get(str(value), {}).get(language, str(value))
    else:
        text = CHANGE[language].sub(lambda found: _moved(found, language, value), text)
        text = VALUE.sub(lambda found: _number(found[1], language, value), text)
    text = _placed(text, language, peer)
    at_an_end = peer is None or not ENDS <= peer < 1 - ENDS
    if not text or ("{peer" in text and at_an_end):
        return ALONE[language].format(words.title[language])
    return text.format(value=shown, peer=peer)


def _moved(found: re.Match[str], language: str, value: float) -> str:
    """Return how a change is said: it went up or down by so much; a change of a share is told in percentage points."""
    if language == "zh":
        up, down, same = UP_DOWN[found["word"]]
        if not value:
            return same
        moved = (up if value > 0 else down) + _number(found["form"], language, abs(value))
    else:
        moved = found["word"] + format(value, found["form"])
    return moved.replace("%", POINTS[language]) if found["word"] != "晚" else moved


def _number(form: str, language: str, value: float) -> str:
    """Return a number without a closing ".0"; what is more than nothing and rounds to nothing is less than so much."""
    told = format(value, form)
    if value > 0 and not re.search("[1-9]", told):
        return UNDER[language] + "1".join(told.rsplit("0", 1))
    return told.removesuffix(".0")


def _placed(text: str, language: str, peer: float | None) -> str:
    """Return the format with its clause on peers in words that cannot be turned around.

    Of the two sides the larger is told ("below 85 %" for "above 15 %"): ties count half, so both are true alike. The
    clause goes where there are too few peers, and names the end where the share would be 0 or 100 %.
    """

    def told(found: re.Match[str]) -> str:
        if peer is None:
            return "" if found["comma"] else "{peer}"
        word, comma = found["above"] or found["below"], found["comma"]
        if not ENDS <= peer < 1 - ENDS:
            end = LOWEST[word] if peer < ENDS else HIGHEST[LOWEST[word]]
            return AMONG[language].format(comma=comma.replace(";", ","), end=end)
        share, word = (peer, word) if peer >= 0.5 else (1 - peer, OPPOSITE[word])
        if found["above"]:
            return ABOVE[language].format(comma=comma, than=word, share=share)
        return BELOW[language].format(comma=comma, are=word, share=share)

    return PLACES[language].sub(told, text).strip()
