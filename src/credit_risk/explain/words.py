"""Say an indicator's value in Chinese and English, as its catalogue entry words it.

What a format cannot say is said here: nothing known, a zero that has words of its own (``says_zero``), a change that
goes up or down, and the place among the peers. A sentence never says "above 0 % of its peers", and without peers it
says nothing of them.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from credit_risk.explain.wording import IndicatorWords

__all__ = ["say"]

Teller = Callable[[Any, float | None], str | None]
Part = str | Teller

NOTHING = {
    "zh": "“{}”没有足够的记录，模型按“无记录”计分",
    "en": "{}: not enough on record; the model scores it as missing",
}
ALONE = {"zh": "“{}”同业太少，暂不比较", "en": "{}: too few peers to compare"}
DIGIT = re.compile("[1-9]")
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
    category = words.kind == "category"
    shown = words.codes.get(str(value), {}).get(language, str(value)) if category else value
    at_an_end = peer is None or not ENDS <= peer < 1 - ENDS
    told = []
    for part in _parts(words.says[language], language, category):
        if not isinstance(part, str):
            said = part(value, peer)
        elif "{peer" in part and at_an_end:
            said = None
        else:
            said = part.format(value=shown, peer=peer) if "{" in part or "}" in part else part
        if said is None:
            return ALONE[language].format(words.title[language])
        told.append(said)
    return "".join(told).strip() or ALONE[language].format(words.title[language])


@lru_cache(maxsize=4096)
def _parts(text: str, language: str, category: bool) -> list[Part]:
    """Split a format into what is said as it is and what depends on value and peers: changes, numbers, places."""
    parts: list[Part] = [text]
    if not category:
        parts = _split(parts, CHANGE[language], lambda found: lambda value, _: _moved(found, language, value))
        parts = _split(parts, VALUE, lambda found: lambda value, _: _number(found[1], language, value))
    return _split(parts, PLACES[language], lambda found: lambda _, peer: _placed(found, language, peer))


def _split(
    parts: list[Part], pattern: re.Pattern[str], teller: Callable[[re.Match[str]], Teller]
) -> list[Part]:
    split: list[Part] = []
    for part in parts:
        if not isinstance(part, str):
            split.append(part)
            continue
        at = 0
        for found in pattern.finditer(part):
            split += [part[at : found.start()], teller(found)]
            at = found.end()
        split.append(part[at:])
    return [part for part in split if part != ""]


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
    if value > 0 and not DIGIT.search(told):
        return UNDER[language] + "1".join(told.rsplit("0", 1))
    return told.removesuffix(".0")


def _placed(found: re.Match[str], language: str, peer: float | None) -> str | None:
    """Return the clause on peers, that cannot be turned around; None where it is all that is said and there are few.

    Of the two sides the larger is told ("below 85 %" for "above 15 %"): ties count half, so both are true alike. The
    clause goes where there are too few peers, and names the end where the share would be 0 or 100 %.
    """
    if peer is None:
        return "" if found["comma"] else None
    word, comma = found["above"] or found["below"], found["comma"]
    if not ENDS <= peer < 1 - ENDS:
        end = LOWEST[word] if peer < ENDS else HIGHEST[LOWEST[word]]
        return AMONG[language].format(comma=comma.replace(";", ","), end=end)
    share, word = (peer, word) if peer >= 0.5 else (1 - peer, OPPOSITE[word])
    if found["above"]:
        return ABOVE[language].format(comma=comma, than=word, share=share)
    return BELOW[language].format(comma=comma, are=word, share=share)
