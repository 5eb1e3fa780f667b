"""Who pays if those fail that are in trouble: shocks along guarantees and supplies.

    fails(j)  = min(1, seed(j))                         at first
    called(i) = sum over j of weight(i, j) * fails(j)   what i must bear
    fails(i)  = max(fails(i), min(1, called(i) / capacity(i)))   and again, ``rule.steps`` times

Weights are amounts (guarantees) or shares (supplies). Whole numbers throughout: amounts in units of the relation,
shares of failing in ten-thousandths.

Source: Eisenberg and Noe (2001), Systemic risk in financial systems, without the fixed point's netting.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components

from credit_risk.graph.ties import MILLION, Ints, sum_by

__all__ = ["Burdens", "cascade"]

PARTS = 10_000
MOST = 10**11  # larger amounts count as this much


@dataclass(frozen=True)
class Burdens:
    """``bearer`` pays ``weight`` (millionths) if ``failing`` fails."""

    bearer: Ints
    failing: Ints
    weight: Ints


def cascade(burdens: Burdens, seeds: Ints, capacity: Ints | None, size: int, steps: int) -> pd.DataFrame:
    """Return the fields of a cascade for every node.

    ``called`` in units of the weight; ``ratio`` to capacity, null where that is not positive or not known; ``chain``
    the steps after which nothing more is called of it (0: nothing is); ``reach`` the number of enterprises whose
    burdens hang together with its own.

    Parameters
    ----------
    burdens, seeds
        Seeds in millionths; one million or more is failure for certain.
    capacity
        In whole units; -1 where not known: such a node bears all and passes nothing on. None: nobody's is known.
    size
        Number of nodes.
    steps
        How long a chain is followed.

    """
    weight = np.clip(burdens.weight, 0, MOST * MILLION)
    room = np.full(size, -1, np.int64) if capacity is None else capacity
    at_first = np.clip(seeds * PARTS // MILLION, 0, PARTS)
    fails, called, chain = at_first, np.zeros(size, np.int64), np.zeros(size, np.int64)
    for step in range(1, steps + 1):
        share = fails[burdens.failing]
        now = sum_by(burdens.bearer, weight // PARTS * share + weight % PARTS * share // PARTS, size)
        chain[now > called] = step
        called = now
        part = np.minimum(called // np.maximum(room, 1), MILLION) * PARTS // MILLION
        fails = np.maximum(at_first, np.where(room > 0, part, 0))
    both = csr_matrix(
        (np.ones(len(burdens.bearer), np.int8), (burdens.bearer, burdens.failing)), shape=(size, size)
    )
    _, label = connected_components(both, directed=False)
    units = called / MILLION
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(room > 0, units / room, np.nan)
    return pd.DataFrame({
        "called": units, "ratio": ratio, "chain": chain.astype(float),
        "reach": np.bincount(label, minlength=1)[label].astype(float),
    })  # fmt: skip
