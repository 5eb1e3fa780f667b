"""Find a book, read its folders and check every entry.

A book is a folder with ``credit-risk.toml`` and the folders ``sources``, ``features``, ``models`` and
``serving``. Any YAML file in them may hold any of the lists that belong to that folder.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError

from credit_risk.book import (
    access,
    naming,
    networks,
    policy,
    recipe,
    remedy,
    scale,
    schema,
    share,
    warning_rules,
)
from credit_risk.book.families import members
from credit_risk.book.settings import Settings
from credit_risk.book.yaml_lines import Lines, read_yaml
from credit_risk.errors import BookError, InputError, nearest

__all__ = ["MARK", "Place", "RawBook", "find_root", "read_book"]

MARK = "credit-risk.toml"
M = TypeVar("M", bound=BaseModel)

LISTS: dict[str, dict[str, tuple[type[schema.Entry], str]]] = {
    "sources": {
        "records": (schema.RecordType, "type"),
        "relations": (schema.RelationType, "type"),
        "sources": (schema.SourceRule, "source"),
        "stops": (networks.Stop, "stop"),
    },
    "features": {
        "tree": (schema.TreeNode, "path"),
        "indicators": (schema.Indicator, "name"),
        "networks": (networks.NetworkRule, "network"),
        "patterns": (networks.Pattern, "pattern"),
    },
    "models": {
        "outcomes": (schema.Outcome, "outcome"),
        "recipes": (recipe.Recipe, "recipe"),
        "ladders": (scale.Ladder, "ladder"),
        "grades": (scale.GradeBand, "grade"),
        "depths": (scale.DepthBand, "depth"),
        "signals": (schema.Signal, "signal"),
        "crosswalks": (policy.Crosswalk, "crosswalk"),
        "fusions": (policy.Fusion, "fusion"),
        "event_models": (warning_rules.EventModel, "event_model"),
        "anomalies": (warning_rules.Anomaly, "anomaly"),
        "good_news": (warning_rules.GoodNews, "good_news"),
        "scenarios": (warning_rules.Scenario, "scenario"),
    },
    "serving": {
        "scenes": (access.Scene, "scene"),
        "roles": (access.Role, "role"),
        "facts": (policy.Fact, "fact"),
        "caps": (policy.Cap, "cap"),
        "measures": (policy.Measure, "measure"),
        "supervision": (policy.Supervision, "supervision"),
        "lists": (policy.ListRule, "list"),
        "commitments": (policy.CommitmentRule, "rule"),
        "remedies": (remedy.Remedy, "remedy"),
        "harmless": (remedy.Harmless, "record"),
        "shares": (share.Share, "share"),
        "names": (naming.Naming, "zh"),
    },
}


@dataclass(frozen=True, slots=True)
class Place:
    """Where an entry stands, for messages."""

    file: str
    line: int
    lines: Lines
    path: tuple[str | int, ...]

    def error(self, key: str, expected: str, came: object, hint: str | None = None) -> BookError:
        """Return a BookError at ``key`` (dotted) of this entry."""
        line = self.lines.get((*self.path, *key.split(".")), self.line)
        return BookError(file=self.file, line=line, key=key, expected=expected, came=came, hint=hint)


@dataclass(frozen=True, slots=True)
class RawBook:
    """All entries as read, by list and name, each with its place."""

    root: Path
    settings: Settings
    entries: dict[str, dict[str, Any]]
    places: dict[tuple[str, str], Place]
    hash: str


def find_root(start: Path) -> Path:
    """Return ``start`` or its nearest parent that holds ``credit-risk.toml``."""
    for folder in [start, *start.resolve().parents]:
        if (folder / MARK).is_file():
            return folder.resolve()
    raise InputError(
        f"no {MARK} in {start} or above it",
        hint="pass --book DIR, the folder that holds it",
    )


def read_book(root: Path) -> RawBook:
    """Read and validate every file of the book below ``root``."""
    digest = hashlib.sha256((root / MARK).read_bytes())
    settings = _settings(root)
    entries: dict[str, dict[str, Any]] = {k: {} for lists in LISTS.values() for k in lists}
    places: dict[tuple[str, str], Place] = {}
    for folder, lists in LISTS.items():
        for path in sorted((root / folder).rglob("*.y*ml")):
            digest.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes())
            _read_file(path, path.relative_to(root).as_posix(), lists, entries, places)
    return RawBook(root, settings, entries, places, digest.hexdigest())


def _settings(root: Path) -> Settings:
    try:
        document = tomllib.loads((root / MARK).read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as problem:
        raise BookError(
            file=MARK, line=0, key="(toml)", expected="well-formed TOML", came=str(problem)
        ) from None
    return _validated(Settings, document, MARK, {}, ())


def _read_file(
    path: Path,
    shown: str,
    lists: dict[str, tuple[type[schema.Entry], str]],
    entries: dict[str, dict[str, Any]],
    places: dict[tuple[str, str], Place],
) -> None:
    document, lines = read_yaml(path, shown)
    for key, items in (document or {}).items():
        if key not in lists:
            raise BookError(
                file=shown,
                line=lines.get((key,), 0),
                key=str(key),
                expected=f"one of {', '.join(lists)}",
                came=key,
                hint=nearest(key, lists),
            )
        if not isinstance(items, list):
            raise BookError(file=shown, line=lines[(key,)], key=key, expected="a list", came=items)
        model, name_field = lists[key]
        for position, item in enumerate(items):
            where = (key, position)
            if isinstance(item, dict) and "like" in item:
                item = _merged(items, item, name_field, Place(shown, lines.get(where, 0), lines, where))
            place = Place(shown, lines.get(where, 0), lines, where)
            for member in members(item, place.error):
                entry = _validated(model, member, shown, lines, where)
                _put(entry, str(getattr(entry, name_field)), key, name_field, place, entries, places)


def _put(
    entry: Any,
    name: str,
    key: str,
    name_field: str,
    place: Place,
    entries: dict[str, dict[str, Any]],
    places: dict[tuple[str, str], Place],
) -> None:
    if name in entries[key]:
        first = places[(key, name)]
        raise place.error(name_field, f"a name not used at {first.file}:{first.line}", name)
    entries[key][name] = entry
    places[(key, name)] = place


def _merged(items: list[Any], item: dict[str, Any], name_field: str, place: Place) -> dict[str, Any]:
    """Return an entry that says only in what it differs from another one of its file; mappings merge, lists do not."""
    others = {
        str(other.get(name_field)): other
        for other in items
        if isinstance(other, dict) and "like" not in other
    }
    if item["like"] not in others:
        raise place.error(
            "like",
            "an entry of this list that stands in full",
            item["like"],
            nearest(str(item["like"]), others),
        )
    return _over(others[item["like"]], {k: v for k, v in item.items() if k != "like"})


def _over(base: dict[str, Any], change: dict[str, Any]) -> dict[str, Any]:
    both = {
        k: _over(base[k], v)
        for k, v in change.items()
        if isinstance(v, dict) and isinstance(base.get(k), dict)
    }
    return {**base, **change, **both}


def _validated(model: type[M], item: Any, shown: str, lines: Lines, where: tuple[str | int, ...]) -> M:
    try:
        return model.model_validate(item)
    except ValidationError as problem:
        first = problem.errors(include_url=False)[0]
    spot = tuple(part for part in first["loc"] if not str(part).startswith(("function-", "lit")))
    line = _line(lines, where, spot)
    key = ".".join(str(part) for part in spot) or "(entry)"
    expected, hint = first["msg"], None
    if first["type"] == "extra_forbidden":
        known = [f.alias or n for n, f in _model_at(model, spot[:-1]).model_fields.items()]
        expected, hint = f"one of the keys {', '.join(known)}", nearest(str(spot[-1]), known)
        came: object = spot[-1]
    else:
        came = first.get("input")
        if first["type"] == "literal_error":
            expected = f"one of {first['ctx']['expected']}"
            hint = nearest(str(came), str(first["ctx"]["expected"]).replace("'", "").split(", "))
        if first["type"] == "missing":
            expected, came = "a value", "nothing"
        expected = expected.removeprefix("Value error, ")
    raise BookError(file=shown, line=line, key=key, expected=expected, came=came, hint=hint)


def _model_at(model: type[BaseModel], spot: tuple[Any, ...]) -> type[BaseModel]:
    """Return the model of the entry that stands at ``spot`` within an entry of ``model``."""
    for part in spot:
        field = next((f for n, f in model.model_fields.items() if part in (n, f.alias)), None)
        if field is not None:
            model = next(_models_in(field.annotation), model)
    return model


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from _models_in(inner)


def _line(lines: Lines, where: tuple[str | int, ...], spot: tuple[str | int, ...]) -> int:
    for end in range(len(spot), -1, -1):
        if (found := lines.get((*where, *spot[:end]))) is not None:
            return found
    return 0
