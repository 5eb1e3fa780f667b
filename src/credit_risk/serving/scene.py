"""What a scene may see: the book says which record types are lawful where, the rest follows from what rests on them.

An indicator is shown in a scene only when every record type it rests on, through whatever other indicators, is lawful
there. What is not shown keeps its points, so that a score stays the sum of what stands beside it.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from credit_risk.book import Rules
from credit_risk.features import Catalogue
from credit_risk.features.language import parse

__all__ = [
    "HIDDEN", "for_scene", "may_see", "record_lawful", "signals_for_scene", "unlawful", "visible",
]  # fmt: skip

HIDDEN = {"group": "withheld", "title": {"zh": "本场景不展示", "en": "Not shown in this scene"}}


def for_scene(rules: Rules, reasons: list[dict[str, Any]], scene: str) -> list[dict[str, Any]]:
    """Return the reasons with what the scene may not see taken out; points stay, so the sum still holds.

    A reason of which nothing may be seen does not even say what it is about.
    """
    seen, hidden, told = visible(rules, scene), unlawful(rules, scene), []
    for reason in reasons:
        shown = [_indicator(one, seen, hidden) for one in reason["indicators"]]
        nothing = bool(shown) and all(one.get("withheld") for one in shown)
        told.append({**reason, **(HIDDEN if nothing else {}), "indicators": shown})
    return told


def signals_for_scene(
    rules: Rules, signals: list[dict[str, Any]], scene: str
) -> tuple[list[dict[str, Any]], int]:
    """Return the signals that the scene may see, with lawful evidence only, and how many were withheld.

    A signal rests on indicators; when one of them is not for the scene, or no lawful record is left, nor is the signal.
    """
    seen, shown = visible(rules, scene), []
    for signal in signals:
        rule = rules.signals.get(signal["signal"])
        needed = [*rule.evidence, *_named(rules, rule.when)] if rule else []
        evidence = [e for e in signal["evidence"] if record_lawful(rules, e["kind"], scene)]
        if rule and evidence and all(name in seen for name in needed):
            shown.append({**signal, "evidence": [_counts_left_out(e) for e in evidence]})
    return shown, len(signals) - len(shown)


def _counts_left_out(evidence: dict[str, Any]) -> dict[str, Any]:
    """Return a record without how many there are in all: some of those may not be for the scene."""
    return {name: value for name, value in evidence.items() if name not in ("indicator", "total")}


def may_see(rules: Rules, name: str, scene: str) -> bool:
    """Tell whether a scene may see an indicator; one that the book no longer has may be seen by none."""
    return name in visible(rules, scene)


def record_lawful(rules: Rules, kind: str, scene: str) -> bool:
    """Tell whether a record type may be seen in a scene; relations may (who reads them decides what to show)."""
    rule, of = rules.records.get(kind), rules.scenes.get(scene)
    barred = of is not None and kind in of.barred
    return not barred and (rule is None or _lawful(rule.scenes, scene))


def visible(rules: Rules, scene: str) -> frozenset[str]:
    """Return the names of the indicators that a scene may see."""
    return _visible(_Same(rules), scene)


def unlawful(rules: Rules, scene: str) -> frozenset[str]:
    """Return the record types of which a scene may see no record."""
    return _unlawful(_Same(rules), scene)


class _Same:
    """A book as a key: the same object is the same book."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.rules is self.rules

    def __hash__(self) -> int:
        return id(self.rules)


@lru_cache(maxsize=256)
def _visible(same: _Same, scene: str) -> frozenset[str]:
    catalogue = Catalogue.of(same.rules)

    def lawful(name: str) -> bool:
        rule = catalogue.entries[name].rule
        record = rule.from_ is None or record_lawful(same.rules, rule.from_, scene)
        return record and _lawful(rule.scenes, scene)

    return frozenset(n for n in catalogue.entries if all(map(lawful, catalogue.closure([n]))))


def _named(rules: Rules, condition: str) -> list[str]:
    return [name for name in parse(condition).names if name in rules.indicators]


def _indicator(shown: dict[str, Any], seen: frozenset[str], hidden: frozenset[str]) -> dict[str, Any]:
    if shown.get("name") not in seen:
        return {"points": shown["points"], "withheld": True}
    return {**shown, "evidence": [e for e in shown.get("evidence", []) if e["kind"] not in hidden]}


@lru_cache(maxsize=256)
def _unlawful(same: _Same, scene: str) -> frozenset[str]:
    rules = same.rules
    return frozenset(kind for kind in rules.records if not record_lawful(rules, kind, scene))


def _lawful(scenes: list[str] | None, scene: str) -> bool:
    return scenes is None or scene in scenes
