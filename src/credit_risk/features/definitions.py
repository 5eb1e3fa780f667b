"""What an indicator means, as a hash: so that a model never reads numbers that are computed otherwise than it learnt.

The meaning of an indicator is its entry without words (value, filter, window, where it looks), the indicators it rests
on, and the record and relation types behind them with their fields, codes and lags.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from credit_risk.errors import CheckFailed
from credit_risk.features.catalogue import Catalogue
from credit_risk.features.hashes import text_hash

__all__ = ["check_definitions", "definitions_of"]

MEANING = ("from_", "over", "value", "where", "window", "kind", "unseen", "risk")
DIGITS = 16


def definitions_of(catalogue: Catalogue, names: Iterable[str]) -> dict[str, str]:
    """Return the hash of each indicator's meaning, by name."""
    behind = {kind: _types(catalogue, kind) for kind in ("records", "relations")}
    return {name: _hash(catalogue, name, behind) for name in names}


def check_definitions(learnt: Mapping[str, str], catalogue: Catalogue) -> None:
    """Refuse a catalogue in which an indicator is missing or means something else than a model learnt.

    Raises
    ------
    CheckFailed
        Names the indicators; a model without ``learnt`` definitions (of an earlier format) is not checked.

    """
    gone = sorted(name for name in learnt if name not in catalogue.entries)
    now = definitions_of(catalogue, [name for name in learnt if name in catalogue.entries])
    moved = sorted(name for name, found in now.items() if found != learnt[name])
    if gone or moved:
        told = [f"{name} is gone" for name in gone] + [f"{name} is computed otherwise" for name in moved]
        raise CheckFailed(
            f"the catalogue is not the one that the model learnt: {'; '.join(told[:5])}"
            + (f"; {len(told)} in all" if len(told) > 5 else ""),
            hint="train the recipe again, or take the catalogue back",
            indicators=gone + moved,
        )


def _hash(catalogue: Catalogue, name: str, behind: Mapping[str, Mapping[str, Any]]) -> str:
    parts = []
    for needed in catalogue.closure([name]):
        rule = catalogue.entries[needed].rule
        entry = rule.model_dump(mode="json", include=set(MEANING))
        relations = list(behind["relations"]) if rule.over else []
        if rule.over and rule.over.relation != "any":
            relations = rule.over.relation
        rests = [behind["records"].get(str(rule.from_)), [behind["relations"][r] for r in relations]]
        parts.append([needed, entry, rests])
    return text_hash(parts)[:DIGITS]


def _types(catalogue: Catalogue, kind: str) -> dict[str, Any]:
    """Return what of each type moves numbers: fields with their codes, never titles."""
    found = {}
    for name, rule in getattr(catalogue.rules, kind).items():
        told = rule.model_dump(
            mode="json", exclude={"title", "department", "basis", "scenes", "visibility", "weight"}
        )
        for field, said in told.get("fields", {}).items():
            told["fields"][field] = {k: v for k, v in said.items() if k != "title"}
            told["fields"][field]["codes"] = sorted(said["codes"] or [])
        found[name] = told
    return found
