"""Who owns whom through how many hands: shares multiplied along chains, and the controller on top.

A majority (more than half of the shares, held by one) is followed upwards until there is none: that holder controls. A
ring of majorities has no one above it: its first member in alphabetical order stands for it and ``circular`` is 1. What
the controller holds of an enterprise over all chains is summed, rings included, to ``rule.steps`` links.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.sparse import csr_matrix

from credit_risk.graph.ties import MILLION, Ints, sum_by

__all__ = ["controllers", "ownership", "penetrated"]

HALF = MILLION // 2
LEAST = 100  # a hundredth of a per cent: less is not followed further


def ownership(src: Ints, dst: Ints, share: Ints, size: int, seeds: Ints, links: int) -> pd.DataFrame:
    """Return the fields of an ownership network for every node.

    ``depth`` links to the controller (0: controls itself); ``penetrated`` the controller's share over all chains, 1 for
    itself; ``members`` under the same controller; ``group_seed`` what is known of the others in the group;
    ``controller_seed`` what is known of the controller, null where it controls itself.
    """
    src, dst, share = _merged(src, dst, share, size)
    top, depth, circular = controllers(src, dst, share, size)
    held = penetrated(src, dst, share, size, links)
    own = np.asarray(held[top, np.arange(size)]).ravel() if size else np.zeros(0)
    members, group = np.bincount(top, minlength=size)[top], sum_by(top, seeds, size)[top] - seeds
    alone = top == np.arange(size)
    return pd.DataFrame({
        "depth": depth.astype(float),
        "penetrated": np.where(alone, 1.0, np.minimum(own, MILLION) / MILLION),
        "members": members.astype(float),
        "group_seed": group / MILLION,
        "controller_seed": np.where(alone, np.nan, seeds[top] / MILLION),
        "circular": circular.astype(float),
    })  # fmt: skip


def controllers(src: Ints, dst: Ints, share: Ints, size: int) -> tuple[Ints, Ints, Ints]:
    """Return of every node its controller, the links up to it, and whether that controller is a ring."""
    parent = np.arange(size)
    major = share > HALF
    parent[dst[major]] = src[major]
    above = parent.copy()
    for _ in range(max(size, 2).bit_length()):
        above = above[above]
    ring = _on_ring(parent, above)
    first = _first_of_ring(parent, ring)
    links, at = np.zeros(size, np.int64), np.arange(size)
    moving = ~ring & (parent != at)
    while moving.any():
        links[moving] += 1
        at = np.where(moving, parent[at], at)
        moving = moving & ~ring[at] & (parent[at] != at)
    return first[at], links, ring[at].astype(np.int64)


def penetrated(src: Ints, dst: Ints, share: Ints, size: int, links: int) -> csr_matrix:
    """Return the sparse matrix of shares (owner, owned) over chains of up to ``links``, in millionths."""
    step = csr_matrix((share, (src, dst)), shape=(size, size), dtype=np.int64)
    total, reach = step.copy(), step
    for _ in range(links - 1):
        reach = reach @ step
        reach.data //= MILLION
        reach.data[reach.data < LEAST] = 0
        reach.eliminate_zeros()
        if not reach.nnz:
            break
        total = total + reach
    return total


def _merged(src: Ints, dst: Ints, share: Ints, size: int) -> tuple[Ints, Ints, Ints]:
    """Add up parallel holdings to at most one and scale down what is more than all of an enterprise."""
    if not len(src):
        return src, dst, share
    key, place = np.unique(src * size + dst, return_inverse=True)
    share = np.minimum(sum_by(place, np.clip(share, 0, MILLION), len(key)), MILLION)
    src, dst = key // size, key % size
    whole = np.maximum(sum_by(dst, share, size), MILLION)
    return src, dst, share * MILLION // whole[dst]


def _on_ring(parent: Ints, above: Ints) -> np.ndarray:
    """Tell which nodes a walk upwards comes back to: the image of a long enough walk, unless it stands still."""
    seen = np.zeros(len(parent), bool)
    at = np.unique(above)
    at = at[parent[at] != at]
    while len(at):
        seen[at] = True
        at = np.unique(parent[at])
        at = at[~seen[at]]
    return seen


def _first_of_ring(parent: Ints, ring: np.ndarray) -> Ints:
    """Return for ring members the least number on their ring, for all others themselves."""
    first = np.arange(len(parent))
    nodes = np.flatnonzero(ring)
    low, at, going = nodes.copy(), nodes.copy(), np.ones(len(nodes), bool)
    while going.any():
        at = parent[at]
        low = np.where(going, np.minimum(low, at), low)
        going &= at != nodes
    first[nodes] = low
    return first
