"""Read YAML and keep, for every key, the line it stands on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from credit_risk.errors import BookError

__all__ = ["Lines", "read_yaml"]

Lines = dict[tuple[str | int, ...], int]


class _Loader(yaml.SafeLoader):
    """SafeLoader that refuses a key written twice."""


def _mapping(loader: _Loader, node: yaml.MappingNode) -> dict[Any, Any]:
    keys = [loader.construct_object(key, deep=True) for key, _ in node.value]
    for position, key in enumerate(keys):
        if key in keys[:position]:
            mark = node.value[position][0].start_mark
            raise yaml.MarkedYAMLError(problem=f"key {key!r} stands twice", problem_mark=mark)
    return loader.construct_mapping(node, deep=True)


_Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)


def read_yaml(path: Path, shown: str) -> tuple[Any, Lines]:
    """Return the document and the line of each key path (1-based); ``shown`` is the path in messages."""
    text = path.read_text(encoding="utf-8")
    try:
        document = yaml.load(text, Loader=_Loader)
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as problem:
        mark = problem.problem_mark
        raise BookError(
            file=shown,
            line=mark.line + 1 if mark else 0,
            key="(yaml)",
            expected="well-formed YAML",
            came=problem.problem,
        ) from None
    lines: Lines = {}
    if root is not None:
        _walk(root, (), lines)
    return document, lines


def _walk(node: yaml.Node, path: tuple[str | int, ...], lines: Lines) -> None:
    lines.setdefault(path, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            lines[(*path, key.value)] = key.start_mark.line + 1
            _walk(value, (*path, key.value), lines)
    elif isinstance(node, yaml.SequenceNode):
        for position, value in enumerate(node.value):
            _walk(value, (*path, position), lines)
