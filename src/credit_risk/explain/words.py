"""Say an indicator's value in Chinese and English, as its catalogue entry words it."""

from __future__ import annotations

import math
from typing import Any

from credit_risk.book import Rules
from credit_risk.book.schema import Indicator

__all__ = ["say"]


class _Unknown:
    """Stands for a number that is not there, whatever the format asked for."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __format__(self, spec: str) -> str:
        return self.text


def say(rules: Rules, rule: Indicator, value: Any, peer: float | None) -> dict[str, str]:
    """Return ``{"zh": ..., "en": ...}`` for one value.

    A null value is said as nothing on record; it is never shown as zero. ``peer`` is the share of the peer group
    with a lower value, None where there are too few peers.
    """
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return {
            "zh": f"{rule.title.zh}：无记录",
            "en": f"{rule.title.en}: nothing on record",
        }
    sentences = {}
    for language, unknown in (("zh", "不详"), ("en", "n/a")):
        shown: Any = value
        if rule.kind == "category":
            shown = _category(rules, rule, str(value), language)
        share: Any = _Unknown(unknown) if peer is None or math.isnan(peer) else peer
        sentences[language] = getattr(rule.says, language).format(value=shown, peer=share)
    return sentences


def _category(rules: Rules, rule: Indicator, value: str, language: str) -> str:
    """Return the text of a code where a field of the record type that the indicator reads knows it."""
    kind = rules.records.get(rule.from_ or "")
    for name, field in (kind.fields if kind else {}).items():
        if name in rule.value and field.codes and value in field.codes:
            return str(getattr(field.codes[value], language))
    return value
