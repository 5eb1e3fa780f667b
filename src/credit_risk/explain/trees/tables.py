"""Everything about a forest that does not depend on the rows, ready for the kernel.

For a leaf of value v, F the distinct features on its path, q_j = 1 if the row passes every split on j and else 0, r_j
the share of the training rows that do,

    phi_i = v * integral over y in [0, 1] of (q_i - r_i) * product over j in F, j != i, of (q_j y + r_j (1 - y)) dy

is Shapley's value (Owen 1972, multilinear extension). The integrand is a polynomial of degree |F| - 1, so
Gauss-Legendre with ceil(|F| / 2) nodes is exact. Per edge and node k the tables hold how the running product changes
and the weight w_k (q - r) / (q y_k + r (1 - y_k)), which for q = 0 is -w_k / (1 - y_k) whatever r is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from credit_risk.explain.trees.forest import LEAF, Forest, Tree

__all__ = ["Tables"]

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.floating]


@dataclass(frozen=True)
class Tables:
    """Flat arrays; ``*_start`` say where a tree's part begins."""

    tree_class: Ints
    nodes_of_quadrature: Ints
    node_start: Ints
    edge_start: Ints
    table_start: Ints
    weight_start: Ints
    feature: Ints
    threshold: Floats
    rule: Ints  # missing type, +4 where missing goes left, 8 for a categorical split
    bits_start: Ints
    bits: npt.NDArray[np.uint32]
    edge_feature: Ints
    edge_depth: Ints
    left: Ints
    above_depth: Ints  # depth of the edge above with the same feature, 0 where there is none
    child: Ints
    value: Floats
    up: Ints  # edges that end after this one, innermost first: how many
    first: Ints  # 1 where the edge is the first of its parent
    base: Floats  # (edge, k): the running product's factor for q = 0 ...
    by_own: Floats  # ... what q = 1 adds to it
    by_above: Floats  # ... what q = 1 of the edge above adds to it
    weight: Floats  # (edge, k): what q = 1 adds to the weight of q = 0
    weight_above: Floats  # the same of the edge above, 0 where there is none
    weight_zero: Floats  # (tree, k): the weight of q = 0
    depth: int
    most_nodes: int

    @classmethod
    def of(cls, forest: Forest, dtype: type[np.floating]) -> Tables:
        """Return the tables of a forest in one precision; thresholds are rounded down to it."""
        columns: dict[str, list[npt.NDArray[np.generic]]] = {}
        starts: dict[str, list[int]] = {n: [0] for n in ("node", "edge", "table", "weight")}
        bits_start, bits = [0], list[npt.NDArray[np.uint32]]()
        for tree in forest.trees:
            k = (tree.distinct + 1) // 2
            for name, column in (_edges(tree) | _factors(tree, k)).items():
                columns.setdefault(name, []).append(column)
            edges = len(tree.child)
            for name, n in {
                "node": len(tree.feature),
                "edge": edges,
                "table": edges * k,
                "weight": k,
            }.items():
                starts[name].append(starts[name][-1] + n)
            for categories in tree.categories:
                words = _bitset(categories)
                bits.append(words)
                bits_start.append(bits_start[-1] + len(words))
        joined = {name: np.concatenate(parts) for name, parts in columns.items()}
        threshold = _rounded_down(joined.pop("threshold").astype(np.float64), dtype)
        real = {n for n, c in joined.items() if c.dtype.kind == "f"}
        flat: dict[str, Any] = {n: c.astype(dtype if n in real else np.int64) for n, c in joined.items()}
        return cls(
            tree_class=forest.tree_class,
            nodes_of_quadrature=np.array([(t.distinct + 1) // 2 for t in forest.trees], np.int64),
            node_start=np.array(starts["node"], np.int64),
            edge_start=np.array(starts["edge"], np.int64),
            table_start=np.array(starts["table"], np.int64),
            weight_start=np.array(starts["weight"], np.int64),
            threshold=threshold,
            bits_start=np.array(bits_start, np.int64),
            bits=np.concatenate([*bits, np.zeros(1, np.uint32)]),
            depth=max(t.depth for t in forest.trees),
            most_nodes=max((t.distinct + 1) // 2 for t in forest.trees),
            **flat,
        )


def _edges(tree: Tree) -> dict[str, npt.NDArray[np.generic]]:
    depth = np.array(tree.edge_depth)
    above = np.array(tree.above)
    child = np.array(tree.child)
    # after a leaf edge at depth d, all edges down to the depth of the next edge have ended
    following = np.append(depth[1:], 1)
    up = np.where(child == LEAF, depth - following, 0)
    seen: dict[int, bool] = {}
    first = np.zeros(len(depth), np.int64)
    for e, d in enumerate(depth.tolist()):
        first[e] = 0 if seen.get(d) else 1
        seen[d] = True
        seen[d + 1] = False
    rule = (
        np.array(tree.missing)
        + 4 * np.array(tree.default_left)
        + 8 * np.array([bool(c) for c in tree.categories])
    )
    return {
        "feature": np.array(tree.feature),
        "threshold": np.array(tree.threshold, float),
        "rule": rule,
        "edge_feature": np.array(tree.edge_feature),
        "edge_depth": depth,
        "left": np.array(tree.left, np.int64),
        "above_depth": np.where(above >= 0, depth[above], 0),
        "child": child,
        "value": np.array(tree.value, float),
        "up": up,
        "first": first,
    }


def _factors(tree: Tree, k: int) -> dict[str, npt.NDArray[np.generic]]:
    nodes, weights = np.polynomial.legendre.leggauss(k)
    y, w = (nodes + 1) / 2, weights / 2
    above = np.array(tree.above)
    new = np.array(tree.ratio)
    for e, a in enumerate(above.tolist()):
        if a >= 0:
            new[e] *= new[a]
    old = np.where(above >= 0, new[above], 1.0)
    repeats = (above >= 0)[:, None]
    zero_new, one_new = np.outer(new, 1 - y), y + np.outer(new, 1 - y)
    one_old = y + np.outer(old, 1 - y)
    base = np.where(repeats, (new / old)[:, None], zero_new)
    from_one = np.where(repeats, zero_new / one_old, zero_new)
    both = np.where(repeats, one_new / one_old, one_new)
    weight_one = w * (1 - new)[:, None] / one_new
    weight_zero = -w / (1 - y)
    weight_above = np.where(repeats, weight_one[above] - weight_zero, 0.0)
    return {
        "base": base.ravel(),
        "by_own": (both - from_one).ravel(),
        "by_above": (from_one - base).ravel(),
        "weight": (weight_one - weight_zero).ravel(),
        "weight_above": weight_above.ravel(),
        "weight_zero": weight_zero,
    }


def _bitset(categories: list[int]) -> npt.NDArray[np.uint32]:
    if not categories:
        return np.zeros(0, np.uint32)
    words = np.zeros(max(categories) // 32 + 1, np.uint32)
    for category in categories:
        words[category // 32] |= np.uint32(1 << (category % 32))
    return words


def _rounded_down(threshold: npt.NDArray[np.float64], dtype: type[np.floating]) -> Floats:
    """Return the largest numbers of ``dtype`` that are not above: ``x <= threshold`` stays the same for every x."""
    with np.errstate(over="ignore"):
        rounded = threshold.astype(dtype)
    return np.where(rounded.astype(np.float64) > threshold, np.nextafter(rounded, dtype(-np.inf)), rounded)
