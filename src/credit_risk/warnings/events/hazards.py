"""Log-odds of several boosters over the same rows in every period, to the last bit what LightGBM says of each.

LightGBM would be asked once for every booster and period, though only a fifth of the trees looks at the period. Here a
row goes down such a tree once a period and down all others once; each sum is taken in LightGBM's own order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import lightgbm
import numpy as np
import numpy.typing as npt

from credit_risk.explain.trees.forest import MISSING, UnsupportedModel
from credit_risk.warnings.events.walk import CATEGORY, DEFAULT_LEFT, walked

__all__ = ["Hazards"]

Floats = npt.NDArray[np.float64]
WORD = 32  # bits


@dataclass(frozen=True)
class Hazards:
    """Boosters as flat tables: ``trees`` has of each its booster, its root and whether it looks at the period.

    A node is a row of ``feature``, ``threshold``, ``rule`` and ``children``; a child below 0 is leaf ``-1 - child``.
    The categories that go left are bits of ``words`` from ``first_word`` on.
    """

    boosters: int
    trees: npt.NDArray[np.int64]
    feature: npt.NDArray[np.int64]
    threshold: Floats
    rule: npt.NDArray[np.int64]
    children: npt.NDArray[np.int64]
    first_word: npt.NDArray[np.int64]
    words: npt.NDArray[np.uint32]
    leaves: Floats

    @classmethod
    def of(cls, boosters: Sequence[lightgbm.Booster], period: int) -> Hazards:
        """Read boosters whose feature number ``period`` is the period.

        Raises
        ------
        UnsupportedModel
            Averaged output, several classes or linear trees.

        """
        tables = _Tables(period)
        for number, booster in enumerate(boosters):
            dump = booster.dump_model()
            if dump.get("average_output") or dump["num_tree_per_iteration"] != 1:
                raise UnsupportedModel("a hazard is the sum of the trees of one class")
            for info in dump["tree_info"]:
                tables.add(number, info["tree_structure"])
        return tables.flat(len(boosters))

    def raw(self, matrix: npt.NDArray[np.float32], periods: int) -> Floats:
        """Return log-odds by booster, period and row; ``matrix`` has every feature but the period."""
        tables = (
            self.trees, self.feature, self.threshold, self.rule, self.children, self.first_word, self.words,
            self.leaves,
        )  # fmt: skip
        result = np.zeros((self.boosters, periods, len(matrix)))
        walked(np.ascontiguousarray(matrix, np.float32), tables, result)
        return result


class _Tables:
    """Collects trees."""

    def __init__(self, period: int) -> None:
        self.period = period
        self.trees: list[tuple[int, int, bool]] = []
        self.nodes: list[list[Any]] = []
        self.words: list[int] = []
        self.leaves: list[float] = []

    def add(self, booster: int, root: dict[str, Any]) -> None:
        before = len(self.nodes)
        at = self._add(root)
        self.trees.append((booster, at, any(node[0] == self.period for node in self.nodes[before:])))

    def _add(self, told: dict[str, Any]) -> int:
        if "leaf_const" in told or "leaf_coeff" in told:
            raise UnsupportedModel("a hazard has no linear trees")
        if "split_feature" not in told:
            self.leaves.append(float(told["leaf_value"]))
            return -len(self.leaves)
        at = len(self.nodes)
        rule = MISSING[told["missing_type"]] | (DEFAULT_LEFT if told["default_left"] else 0)
        if told["decision_type"] == "==":
            node = [int(told["split_feature"]), 0.0, CATEGORY, 0, 0, len(self.words)]
            self.words += _bits([int(c) for c in str(told["threshold"]).split("||")])
        else:
            node = [int(told["split_feature"]), float(told["threshold"]), rule, 0, 0, len(self.words)]
        self.nodes.append(node)
        node[3], node[4] = self._add(told["left_child"]), self._add(told["right_child"])
        return at

    def flat(self, boosters: int) -> Hazards:
        feature, threshold, rule, left, right, first = (
            zip(*self.nodes, strict=True) if self.nodes else [()] * 6
        )
        return Hazards(
            boosters, np.array(self.trees, np.int64), np.array(feature, np.int64), np.array(threshold, float),
            np.array(rule, np.int64), np.array([left, right], np.int64).T.copy(),
            np.array([*first, len(self.words)], np.int64), np.array(self.words, np.uint32),
            np.array(self.leaves, float),
        )  # fmt: skip


def _bits(categories: Sequence[int]) -> list[int]:
    words = [0] * (max(categories) // WORD + 1)
    for category in categories:
        words[category // WORD] |= 1 << (category % WORD)
    return words
