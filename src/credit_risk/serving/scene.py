"""What a scene may see: indicators and record types name the scenes they are lawful for."""

from __future__ import annotations

from typing import Any

from credit_risk.book import Rules

__all__ = ["for_scene", "may_see", "signals_for_scene"]


def for_scene(rules: Rules, reasons: list[dict[str, Any]], scene: str) -> list[dict[str, Any]]:
    """Return the reasons with what the scene may not see taken out; points stay, so the sum still holds."""
    return [
        {**reason, "indicators": [_indicator(rules, shown, scene) for shown in reason["indicators"]]}
        for reason in reasons
    ]


def signals_for_scene(
    rules: Rules, signals: list[dict[str, Any]], scene: str
) -> tuple[list[dict[str, Any]], int]:
    """Return the signals that the scene may see, with lawful evidence only, and how many were withheld.

    A signal rests on indicators; when one of them is not for the scene, or no lawful record is left, nor is the signal.
    """
    shown = []
    for signal in signals:
        rule = rules.signals.get(signal["signal"])
        indicators = [rules.indicators[n] for n in rule.evidence] if rule else []
        evidence = [e for e in signal["evidence"] if _record_lawful(rules, e["kind"], scene)]
        if rule and evidence and all(_lawful(i.scenes, scene) for i in indicators):
            shown.append({**signal, "evidence": evidence})
    return shown, len(signals) - len(shown)


def may_see(rules: Rules, name: str, scene: str) -> bool:
    """Tell whether a scene may see an indicator; one that the book no longer has may be seen by none."""
    rule = rules.indicators.get(name)
    return rule is not None and _lawful(rule.scenes, scene)


def _indicator(rules: Rules, shown: dict[str, Any], scene: str) -> dict[str, Any]:
    rule = rules.indicators.get(shown["name"])
    if rule is None or not _lawful(rule.scenes, scene):
        return {"points": shown["points"], "withheld": True}
    evidence = [e for e in shown.get("evidence", []) if _record_lawful(rules, e["kind"], scene)]
    return {**shown, "evidence": evidence}


def _record_lawful(rules: Rules, kind: str, scene: str) -> bool:
    rule = rules.records.get(kind)
    return rule is None or _lawful(rule.scenes, scene)


def _lawful(scenes: list[str] | None, scene: str) -> bool:
    return scenes is None or scene in scenes
