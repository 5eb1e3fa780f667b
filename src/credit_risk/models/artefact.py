"""A model on disk: a folder of text and JSON, every file named with its hash. Nothing is pickled.

manifest.json     format, recipe, lineage, SHA-256 of every other file
booster_0.txt     LightGBM's own text, one per seed; of a graph network its weights: network_0.json
joined.json       the model that joined on the log-odds, file by file, and its weight
encoder.json      names in order, category tables
calibrator.json   knots
interval.json     bounds of the PD, as steps
scale.json        grades and PD bands
definitions.json  hash of what each indicator means
catalogue.json    the entries of the indicators used: titles, sentences, direction, tree
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import lightgbm

from credit_risk.errors import InputError, TamperedError
from credit_risk.models.calibration import Calibrator
from credit_risk.models.encode import Encoder
from credit_risk.models.interval import PdInterval
from credit_risk.models.model import CreditModel
from credit_risk.models.scale import MasterScale

__all__ = ["load_model", "save_model"]

FORMAT = 1
NAMED = re.compile(r"[a-z][a-z0-9-]*-[0-9a-f]{12}")  # a folder named otherwise, as MLflow does, carries no id


def save_model(model: CreditModel, folder: Path, catalogue: dict[str, Any]) -> CreditModel:
    """Write the artefact below ``folder`` and return the model with its id.

    The folder of the model is ``folder/MODEL_ID``; it appears whole or not at all.
    """
    files = _files(model, catalogue)
    hashes = {name: hashlib.sha256(text.encode()).hexdigest() for name, text in files.items()}
    manifest = {
        "format": FORMAT,
        "recipe": model.recipe,
        "threshold": model.threshold,
        "monotone": model.monotone,
        "lineage": model.lineage,
        "files": hashes,
    }
    text = _dump(manifest)
    model_id = f"{model.recipe}-{hashlib.sha256(text.encode()).hexdigest()[:12]}"
    files["manifest.json"] = text
    target, draft = folder / model_id, folder / f".{model_id}.draft"
    if not target.exists():
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(parents=True)
        for name, content in files.items():
            (draft / name).write_text(content, encoding="utf-8")
        draft.replace(target)
    return replace(model, model_id=model_id)


def _files(model: CreditModel, catalogue: dict[str, Any]) -> dict[str, str]:
    files = {f"booster_{i}.txt": b.model_to_string() for i, b in enumerate(model.boosters)}
    if model.network is not None:
        files |= {f"network_{i}.json": text for i, text in enumerate(model.network.texts())}
    if model.joined is not None:
        told = {"weight": model.joined.weight, "files": _files(model.joined.model, {})}
        files["joined.json"] = _dump(told)
    files["encoder.json"] = _dump({"names": model.encoder.names, "categories": model.encoder.categories})
    files["calibrator.json"] = _dump(model.calibrator.to_json())
    if model.interval is not None:
        files["interval.json"] = _dump(model.interval.to_json())
    files["definitions.json"] = _dump(model.definitions)
    files["scale.json"] = _dump(model.scale.to_json())
    files["catalogue.json"] = _dump(catalogue)
    return files


def load_model(folder: Path) -> CreditModel:
    """Load an artefact of trees that stand alone; others hold what a challenger was, for the record.

    Raises
    ------
    InputError
        There is no artefact, it is of another format, or it tells no reasons (a network, or a blend).
    TamperedError
        A file does not match its hash in the manifest, or the manifest not the id that the folder is named after.

    """
    path = folder / "manifest.json"
    if not path.is_file():
        raise InputError(f"no model in {folder}", hint="train one: credit-risk train RECIPE")
    text = path.read_text(encoding="utf-8")
    manifest = json.loads(text)
    if manifest.get("format") != FORMAT:
        raise InputError(f"{path}: expected format {FORMAT}, came {manifest.get('format')}")
    model_id = f"{manifest['recipe']}-{hashlib.sha256(text.encode()).hexdigest()[:12]}"
    if NAMED.fullmatch(folder.name) and folder.name != model_id:
        raise TamperedError(f"{path} does not match the model's id {folder.name}", file="manifest.json")
    files = {name: (folder / name).read_text(encoding="utf-8") for name in manifest["files"]}
    for name, content in files.items():
        if hashlib.sha256(content.encode()).hexdigest() != manifest["files"][name]:
            raise TamperedError(f"{folder / name} does not match the manifest", file=name)
    if not any(n.startswith("booster_") for n in files) or "joined.json" in files:
        raise InputError(
            f"{model_id} is a network or a blend: it tells no reasons, so it is judged and never scores anybody",
            hint="score with a recipe of trees",
        )
    encoder = json.loads(files["encoder.json"])
    boosters = [n for n in files if n.startswith("booster_")]
    boosters.sort(key=lambda n: int(n.removeprefix("booster_").removesuffix(".txt")))
    return CreditModel(
        recipe=manifest["recipe"],
        encoder=Encoder(tuple(encoder["names"]), {k: tuple(v) for k, v in encoder["categories"].items()}),
        boosters=[lightgbm.Booster(model_str=files[n]) for n in boosters],
        calibrator=Calibrator.from_json(json.loads(files["calibrator.json"])),
        scale=MasterScale.from_json(json.loads(files["scale.json"])),
        threshold=manifest["threshold"],
        lineage=manifest["lineage"],
        monotone=manifest["monotone"],
        interval=PdInterval.from_json(json.loads(files["interval.json"]))
        if "interval.json" in files
        else None,
        definitions=json.loads(files.get("definitions.json", "{}")),
        model_id=model_id,
    )


def _dump(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
