"""Say an indicator's value in Chinese and English, as its catalogue entry words it.

What a format cannot say is said here: nothing known, a zero that has words of its own (``says_zero``), and the place
among the peers at its ends. A sentence never says "above 0 % of its peers", and without peers it says nothing of them.
"""

from __future__ import annotations

import math
import re
from typing import Any

from credit_risk.explain.wording import IndicatorWords

__all__ = ["say"]

NOTHING = {"zh": "“{}”暂无可用记录", "en": "{}: no usable record"}
ALONE = {"zh": "“{}”同业太少，暂不比较", "en": "{}: too few peers to compare"}
ENDS = 0.005  # a share that would be shown as 0 % or 100 %

PLACES = {
    "zh": re.compile(
        r"(?P<comma>，?)(?:(?P<above>高于|大于|多于)\{peer:\.0%\}的同业"
        r"|同业中\{peer:\.0%\}的企业比它更?(?P<below>低|小|少))"
    ),
    "en": re.compile(
        r"(?P<comma>[,;]?) ?(?:(?P<above>above|larger than|more than) \{peer:\.0%\} of its peers"
        r"|\{peer:\.0%\} of its peers (?P<below>are lower|have less|have fewer))"
    ),
}
CHANGE = re.compile(r"变化\{value:\+([^}]*)\}")
LOWEST = {
    "高于": "最低", "低": "最低", "大于": "最小", "小": "最小", "多于": "最少", "少": "最少",
    "above": "lowest", "are lower": "lowest", "larger than": "smallest", "have less": "smallest",
    "more than": "fewest", "have fewer": "fewest",
}  # fmt: skip
HIGHEST = {
    "最低": "最高", "最小": "最大", "最少": "最多", "lowest": "highest", "smallest": "largest", "fewest": "most",
}  # fmt: skip
AMONG = {"zh": "{comma}属同业中{end}之列", "en": "{comma} among the {end} of its peers"}


def say(words: IndicatorWords, value: Any, peer: float | None) -> dict[str, str]:
    """Return ``{"zh": ..., "en": ...}`` for one value.

    A null value is said as nothing on record; it is never shown as zero. ``peer`` is the share of the peer group
    with a lower value, None where there are too few peers.
    """
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return {language: text.format(words.title[language]) for language, text in NOTHING.items()}
    if words.says_zero and value == 0:
        return dict(words.says_zero)
    known = None if peer is None or math.isnan(peer) else peer
    return {language: _said(words, language, value, known) for language in NOTHING}


def _said(words: IndicatorWords, language: str, value: Any, peer: float | None) -> str:
    shown: Any = value
    if words.kind == "category":
        shown = words.codes.get(str(value), {}).get(language, str(value))
    text = words.says[language]
    if language == "zh" and words.kind != "category" and CHANGE.search(text):
        text, shown = CHANGE.sub(_moved(value), text), abs(value)
    if "{peer" in text and (peer is None or not ENDS <= peer < 1 - ENDS):
        text = _at_the_end(text, language, peer)
        if not text or "{peer" in text:
            return ALONE[language].format(words.title[language])
    return text.format(value=shown, peer=peer)


def _moved(value: float) -> str:
    """Return how a change is said: it went up or down by so much."""
    return ("上升" if value > 0 else "下降") + r"{value:\1}" if value else "没有变化"


def _at_the_end(text: str, language: str, peer: float | None) -> str:
    """Return the format with its clause on peers taken out, or put into words where the share is 0 or 100 %."""

    def told(found: re.Match[str]) -> str:
        if peer is None:
            return "" if found["comma"] else "{peer}"
        lowest = LOWEST[found["above"] or found["below"]]
        end = lowest if peer < ENDS else HIGHEST[lowest]
        return AMONG[language].format(comma=found["comma"].replace(";", ","), end=end)

    return PLACES[language].sub(told, text)
