"""How rows go down trees, compiled by numba; the rules are LightGBM's."""

from __future__ import annotations

import numpy as np
from numba import njit

__all__ = ["CATEGORY", "DEFAULT_LEFT", "walked"]

DEFAULT_LEFT, CATEGORY = 4, 8  # beside how a node takes what is missing: 0 as zero, 1 with zero, 2 apart
ZERO = 1e-35  # LightGBM takes what is not larger for zero


@njit(cache=True, nogil=True, error_model="numpy")
def _leaf(x, period, node, feature, threshold, rule, children, first_word, words):
    """Return the number of the leaf that a row reaches from a node."""
    while node >= 0:
        f, how = feature[node], rule[node]
        v = np.float64(x[f]) if f < len(x) else period
        if how == CATEGORY:
            goes = False
            if v >= 0 and v < 32 * (
                first_word[node + 1] - first_word[node]
            ):  # NaN and what is not known go right
                c = np.int64(v)
                goes = (words[first_word[node] + c // 32] >> np.uint32(c % 32)) & np.uint32(1) == np.uint32(1)
        else:
            missing = how & 3
            if v != v and missing != 2:
                v = 0.0
            if (missing == 2 and v != v) or (missing == 1 and abs(v) <= ZERO):
                goes = how & DEFAULT_LEFT != 0
            else:
                goes = v <= threshold[node]
        node = children[node, 0] if goes else children[node, 1]
    return -1 - node


@njit(cache=True, nogil=True, error_model="numpy")
def walked(matrix, tables, result):
    """Add what the trees say of every row to ``result`` (booster, period, row), one tree after another."""
    trees, feature, threshold, rule, children, first_word, words, leaves = tables
    periods = result.shape[1]
    for i in range(len(matrix)):
        x = matrix[i]
        for t in range(len(trees)):
            booster, root = trees[t, 0], trees[t, 1]
            if trees[t, 2]:
                for p in range(periods):
                    at = _leaf(x, float(p), root, feature, threshold, rule, children, first_word, words)
                    result[booster, p, i] += leaves[at]
            else:
                at = _leaf(x, 0.0, root, feature, threshold, rule, children, first_word, words)
                for p in range(periods):
                    result[booster, p, i] += leaves[at]
