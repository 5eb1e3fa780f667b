"""Event-risk models on disk: a folder of text and JSON a model; what does not match is refused."""

from __future__ import annotations

import hashlib
import json
from datetime import date
from pathlib import Path

import lightgbm

from credit_risk.errors import CheckFailed
from credit_risk.models.encode import Encoder
from credit_risk.records.clock import Moment, day_of
from credit_risk.records.store import atomic_path
from credit_risk.warnings.events.model import EventRisk

__all__ = ["latest_events", "load_events", "save_events"]


def save_events(model: EventRisk, folder: Path) -> Path:
    """Write a model below ``folder``, named by the day it knows and its content; the same model gives the same name."""
    texts = {
        f"{cause}-{i}.txt": booster.model_to_string()
        for cause, boosters in model.boosters.items()
        for i, booster in enumerate(boosters)
    }
    manifest = {
        "event_model": model.name,
        "heads": list(model.heads),
        "cuts": list(model.cuts),
        "names": list(model.encoder.names),
        "categories": {n: list(t) for n, t in model.encoder.categories.items()},
        "causes": {cause: len(b) for cause, b in model.boosters.items()},
        "known_at": str(model.known_at),
        "lineage": model.lineage,
        "person_periods": model.person_periods,
        "hashes": {name: hashlib.sha256(text.encode()).hexdigest() for name, text in texts.items()},
    }
    text = json.dumps(manifest, ensure_ascii=False, indent=1, sort_keys=True)
    target = folder / f"{model.known_at}-{model.name}-{hashlib.sha256(text.encode()).hexdigest()[:12]}"
    for name, content in [*texts.items(), ("manifest.json", text)]:
        with atomic_path(target / name) as draft:
            draft.write_text(content, encoding="utf-8")
    return target


def load_events(folder: Path) -> EventRisk:
    """Return the model of a folder; raises CheckFailed when a file is not what the manifest says."""
    told = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    boosters: dict[str, list[lightgbm.Booster]] = {}
    for cause, count in told["causes"].items():
        for i in range(count):
            name = f"{cause}-{i}.txt"
            text = (folder / name).read_text(encoding="utf-8")
            if hashlib.sha256(text.encode()).hexdigest() != told["hashes"][name]:
                raise CheckFailed(
                    f"event model {folder.name}: {name} is not what was trained", hint="train again"
                )
            boosters.setdefault(cause, []).append(lightgbm.Booster(model_str=text))
    encoder = Encoder(tuple(told["names"]), {n: tuple(t) for n, t in told["categories"].items()})
    return EventRisk(
        told["event_model"], tuple(told["heads"]), tuple(told["cuts"]), encoder, boosters,
        date.fromisoformat(told["known_at"]), told["lineage"], told["person_periods"],
    )  # fmt: skip


def latest_events(folder: Path, name: str, t: Moment) -> EventRisk | None:
    """Return the newest model of a name that knows nothing after t, None when there is none."""
    stored = [p.parent.name for p in folder.glob(f"*-{name}-*/manifest.json")]
    known = [n for n in stored if n[:10] <= str(day_of(t))]
    return load_events(folder / max(known)) if known else None
