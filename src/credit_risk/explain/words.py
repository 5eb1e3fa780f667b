"""Say an indicator's value in Chinese and English, as its catalogue entry words it."""

from __future__ import annotations

import math
from typing import Any

from credit_risk.explain.wording import IndicatorWords

__all__ = ["say"]

NOTHING = {"zh": "{}：无记录", "en": "{}: nothing on record"}
UNKNOWN = {"zh": "不详", "en": "n/a"}


class _Unknown:
    """Stands for a number that is not there, whatever the format asked for."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __format__(self, spec: str) -> str:
        return self.text


def say(words: IndicatorWords, value: Any, peer: float | None) -> dict[str, str]:
    """Return ``{"zh": ..., "en": ...}`` for one value.

    A null value is said as nothing on record; it is never shown as zero. ``peer`` is the share of the peer group
    with a lower value, None where there are too few peers.
    """
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return {language: text.format(words.title[language]) for language, text in NOTHING.items()}
    sentences = {}
    for language, unknown in UNKNOWN.items():
        shown: Any = value
        if words.kind == "category":
            shown = words.codes.get(str(value), {}).get(language, str(value))
        share: Any = _Unknown(unknown) if peer is None or math.isnan(peer) else peer
        sentences[language] = words.says[language].format(value=shown, peer=share)
    return sentences
