"""LightGBM model text to arrays.

The text holds every number with 17 significant digits, so reading it loses nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from credit_risk.explain.treeshap.errors import UnsupportedModel

__all__ = ["Forest", "Tree", "parse_model"]

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Fields = dict[str, str]

VERSIONS = ("v3", "v4")


@dataclass(frozen=True)
class Tree:
    """One tree of n splits and n + 1 leaves; children below 0 are leaves, ``-1 - child`` their index.

    ``decision`` is LightGBM's bit field: 1 categorical, 2 default left, 4 and 8 the missing type.
    ``bitsets[i]`` holds the categories that go left at the categorical split whose threshold is i.
    """

    feature: Ints
    threshold: Floats
    decision: Ints
    left: Ints
    right: Ints
    split_count: Ints
    leaf_count: Ints
    leaf_value: Floats
    bitsets: tuple[npt.NDArray[np.uint32], ...]


@dataclass(frozen=True)
class Forest:
    """All trees in order; tree i belongs to class ``i % classes``; ``scale`` multiplies every leaf."""

    trees: tuple[Tree, ...]
    feature_names: tuple[str, ...]
    classes: int
    scale: float


def parse_model(text: str) -> Forest:
    """Read a model text as ``Booster.model_to_string`` writes it.

    Raises
    ------
    UnsupportedModel
        No LightGBM model text, an unknown version, linear leaves, or counts that do not add up.
    """
    head, *sections = text.split("\nTree=")
    header = _fields(head)
    _check_header(head, header)
    sections = [section.split("\nend of trees")[0] for section in sections]
    trees = tuple(_tree(index, _fields(section)) for index, section in enumerate(sections))
    classes = int(header["num_tree_per_iteration"])
    averaged = "average_output" in head.split("\n")
    scale = classes / len(trees) if averaged and trees else 1.0
    return Forest(trees, tuple(header["feature_names"].split(" ")), classes, scale)


def _fields(section: str) -> Fields:
    pairs = (line.partition("=") for line in section.split("\n"))
    return {key: value for key, equals, value in pairs if equals}


def _check_header(head: str, header: Fields) -> None:
    needed = {"version", "num_tree_per_iteration", "feature_names"}
    if not head.startswith("tree") or not needed <= header.keys():
        raise UnsupportedModel(
            "format",
            f"expected the text of a LightGBM model, came one that starts {head[:40]!r}",
            hint="pass a lightgbm.Booster, or the text of its model_to_string()",
        )
    if header["version"] not in VERSIONS:
        raise UnsupportedModel(
            "version", f"expected one of {', '.join(VERSIONS)}, came {header['version']!r}"
        )


def _tree(index: int, fields: Fields) -> Tree:
    if fields.get("is_linear", "0") != "0":
        raise UnsupportedModel(
            "linear_tree",
            f"tree {index} has linear models in its leaves, whose Shapley values are not "
            "a function of the splits alone",
            hint="train with linear_tree=false",
        )
    values = _numbers(fields, "leaf_value", np.float64)
    if int(fields["num_leaves"]) == 1:
        return _single_leaf(values[:1])
    tree = Tree(
        feature=_numbers(fields, "split_feature", np.int64),
        threshold=_numbers(fields, "threshold", np.float64),
        decision=_numbers(fields, "decision_type", np.int64),
        left=_numbers(fields, "left_child", np.int64),
        right=_numbers(fields, "right_child", np.int64),
        split_count=_numbers(fields, "internal_count", np.int64),
        leaf_count=_numbers(fields, "leaf_count", np.int64),
        leaf_value=values,
        bitsets=tuple(_bitsets(fields)) if int(fields["num_cat"]) else (),
    )
    _check_counts(index, tree)
    return tree


def _numbers(fields: Fields, key: str, dtype: type[np.generic]) -> npt.NDArray[Any]:
    kind = float if issubclass(dtype, np.floating) else int
    return np.array([kind(word) for word in fields[key].split()], dtype=dtype)


def _bitsets(fields: Fields) -> Iterator[npt.NDArray[np.uint32]]:
    words = _numbers(fields, "cat_threshold", np.uint32)
    bounds = _numbers(fields, "cat_boundaries", np.int64)
    for start, end in zip(bounds[:-1], bounds[1:], strict=True):
        yield words[start:end]


def _single_leaf(value: Floats) -> Tree:
    none = np.empty(0, dtype=np.int64)
    return Tree(none, np.empty(0), none, none, none, none, np.ones(1, np.int64), value, ())


def _check_counts(index: int, tree: Tree) -> None:
    below = child_counts(tree, tree.left) + child_counts(tree, tree.right)
    wrong = np.flatnonzero((below != tree.split_count) | (tree.split_count <= 0))
    if wrong.size:
        node = int(wrong[0])
        raise UnsupportedModel(
            "counts",
            f"tree {index}, split {node}: its children count {below[node]} training rows and it "
            f"counts {tree.split_count[node]}; the path-dependent expectation needs equal numbers "
            "above 0",
            hint="train the model again, or leave its row counts as LightGBM wrote them",
        )


def child_counts(tree: Tree, child: Ints) -> Ints:
    """Return the training rows of each of ``child``, splits and leaves alike."""
    leaf = child < 0
    at_leaf = tree.leaf_count[np.where(leaf, -1 - child, 0)]
    return np.where(leaf, at_leaf, tree.split_count[np.where(leaf, 0, child)])
