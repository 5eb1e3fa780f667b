"""The model in force and its health: since when, how it was judged, what monitoring saw last."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from credit_risk.registry.history import History, Promotion
from credit_risk.serving.desk import Desk

__all__ = ["Health", "health_of", "history_of", "manifest_of", "monitored"]


@dataclass(frozen=True, slots=True)
class Health:
    """A model in force; ``monitored`` is what ``credit-risk monitor`` wrote last of it, None before the first."""

    model_id: str
    promotion: Promotion | None
    monitored: dict[str, Any] | None

    @property
    def state(self) -> str:
        """``unknown`` before the first monitoring, ``alarm`` or ``good`` after the last."""
        if self.monitored is None:
            return "unknown"
        return "alarm" if self.monitored["alarms"] else "good"


def history_of(desk: Desk) -> History:
    """Return who was champion when."""
    return History(desk.rules.var / "registry" / "history.jsonl")


def health_of(desk: Desk, model_id: str) -> Health:
    """Return the health of a model."""
    history = history_of(desk)
    reigns = [event for name in desk.rules.recipes for event, end in history.reigns(name) if end is None]
    event = next((e for e in reigns if e.model_id == model_id), None)
    return Health(model_id, event, monitored(desk, model_id))


def monitored(desk: Desk, model_id: str) -> dict[str, Any] | None:
    """Return the newest monitoring of a model by the day it looked at."""
    files = sorted((desk.rules.var / "monitoring").glob(f"*-{model_id}.json"))
    if not files:
        return None
    found: dict[str, Any] = json.loads(files[-1].read_text(encoding="utf-8"))
    found["drifted"] = [d for d in found["drift"] if d["alarm"]]
    return found


def manifest_of(desk: Desk, model_id: str) -> dict[str, Any]:
    """Return the manifest of a stored model, empty where it is not here."""
    path = desk.rules.var / "models" / model_id / "manifest.json"
    return json.loads(path.read_text("utf-8")) if path.is_file() else {}
