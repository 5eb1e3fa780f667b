"""A LightGBM model as flat tables: one row a node, one row an edge, in the order of a depth-first walk."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import lightgbm
import numpy as np
import numpy.typing as npt

from credit_risk.errors import InputError

__all__ = ["MISSING", "Forest", "Tree", "UnsupportedModel"]

MISSING = {"None": 0, "Zero": 1, "NaN": 2}
LEAF = -1


class UnsupportedModel(InputError):
    """The model has something that is not explained exactly here, so it is not explained at all."""


@dataclass
class Tree:
    """One tree of at least one split. Node 0 is the root; edges come in the order in which they are walked down.

    Attributes
    ----------
    ratio : list of float
        Rows of the training data that took the edge, as a share of those that reached its parent.
    above : list of int
        The nearest edge above on the same path that splits on the same feature, -1 where there is none.
    child : list of int
        Node at the lower end, ``LEAF`` for a leaf, whose value stands in ``value``.

    """

    feature: list[int] = field(default_factory=list)
    threshold: list[float] = field(default_factory=list)
    missing: list[int] = field(default_factory=list)
    default_left: list[bool] = field(default_factory=list)
    categories: list[list[int]] = field(default_factory=list)

    edge_feature: list[int] = field(default_factory=list)
    edge_depth: list[int] = field(default_factory=list)
    left: list[bool] = field(default_factory=list)
    ratio: list[float] = field(default_factory=list)
    above: list[int] = field(default_factory=list)
    child: list[int] = field(default_factory=list)
    value: list[float] = field(default_factory=list)
    last: list[int] = field(default_factory=list)
    distinct: int = 0
    expected: float = 0.0

    @property
    def depth(self) -> int:
        """Edges on the longest path."""
        return max(self.edge_depth)


@dataclass(frozen=True)
class Forest:
    """All trees with the class that each adds to; ``constant`` is the sum of one-leaf trees per class."""

    names: list[str]
    classes: int
    trees: list[Tree]
    tree_class: npt.NDArray[np.int64]
    expected: npt.NDArray[np.float64]

    @classmethod
    def of(cls, booster: lightgbm.Booster) -> Forest:
        """Read a booster (up to its best iteration, where it has one).

        Raises
        ------
        UnsupportedModel
            Linear trees, averaged output (random forest), splits that no training row took.

        """
        dump = booster.dump_model()
        if dump.get("average_output"):
            raise UnsupportedModel("averaged output (boosting=rf) is not explained here")
        classes = int(dump["num_tree_per_iteration"])
        expected = np.zeros(classes)
        trees, of_class = [], []
        for info in dump["tree_info"]:
            root, place = info["tree_structure"], int(info["tree_index"]) % classes
            if "leaf_const" in root or "leaf_coeff" in str(info):
                raise UnsupportedModel("linear trees (linear_tree=true) are not explained here")
            if "split_feature" not in root:
                expected[place] += float(root["leaf_value"])
                continue
            tree = _tree(root)
            expected[place] += tree.expected
            trees.append(tree)
            of_class.append(place)
        return cls(list(dump["feature_names"]), classes, trees, np.array(of_class, np.int64), expected)


def _tree(root: dict[str, Any]) -> Tree:
    """Walk a dumped tree depth first, without recursion, left before right."""
    tree = Tree()
    total = float(root["internal_count"])
    _node(tree, root)
    stack: list[tuple[dict[str, Any], bool, int, float, dict[int, int]]] = []

    def below(node: dict[str, Any], depth: int, path: dict[int, int]) -> None:
        count = float(node["internal_count"])
        for side, left in (("right_child", False), ("left_child", True)):
            stack.append((node[side], left, depth, count, path | {-1: int(node["split_feature"])}))

    below(root, 1, {})
    while stack:
        node, left, depth, count, path = stack.pop()
        feature = path[-1]
        own = float(node.get("internal_count", node.get("leaf_count", 0)))
        if own <= 0 or count <= 0:
            raise UnsupportedModel("a split that no training row took has no defined share")
        edge = len(tree.edge_feature)
        tree.edge_feature.append(feature)
        tree.edge_depth.append(depth)
        tree.left.append(left)
        tree.ratio.append(own / count)
        tree.above.append(path.get(feature, -1))
        here = {f: e for f, e in path.items() if f >= 0} | {feature: edge}
        tree.distinct = max(tree.distinct, len(here))
        if "split_feature" in node:
            tree.child.append(len(tree.feature))
            tree.value.append(0.0)
            _node(tree, node)
            below(node, depth + 1, here)
        else:
            tree.child.append(LEAF)
            tree.value.append(float(node["leaf_value"]))
            tree.expected += float(node["leaf_value"]) * own / total
    return tree


def _node(tree: Tree, node: dict[str, Any]) -> None:
    categorical = node["decision_type"] == "=="
    if not categorical and node["decision_type"] != "<=":
        raise UnsupportedModel(f"decision {node['decision_type']!r} is not known here")
    tree.feature.append(int(node["split_feature"]))
    tree.threshold.append(0.0 if categorical else float(node["threshold"]))
    tree.missing.append(MISSING[node["missing_type"]])
    tree.default_left.append(bool(node["default_left"]))
    tree.categories.append([int(c) for c in str(node["threshold"]).split("||")] if categorical else [])
