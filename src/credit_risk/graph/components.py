"""Connected components of the whole graph, so that folds never cut through one."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import pandas as pd
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from credit_risk.graph.as_of import Graph
from credit_risk.records.clock import Moment

__all__ = ["components"]


def components(graph: Graph, t: Moment, only: Collection[str] | None = None) -> dict[str, int]:
    """Return the component of every enterprise and person that has a relation (of the types ``only``) at t.

    Relations to groups (an industry, an area) are left out: they would join everybody. Direction is ignored.
    Components are numbered by their first member in alphabetical order, so the same graph gives the same numbers
    whatever the order of its rows.
    """
    rules = graph.pool.rules.relations.values()
    kinds = [r.type for r in rules if "group" not in (r.src, r.dst) and graph.pool.holds(r.type)]
    kinds = [kind for kind in kinds if only is None or kind in only]
    edges = [graph.as_of(kind, t).select("src", "dst").to_pandas() for kind in kinds]
    if not edges:
        return {}
    together = pd.concat(edges, ignore_index=True)
    nodes, codes = np.unique(
        np.concatenate([together["src"], together["dst"]]).astype(object), return_inverse=True
    )
    src, dst = codes[: len(together)], codes[len(together) :]
    size = len(nodes)
    adjacency = coo_matrix((np.ones(len(src), dtype=np.int8), (src, dst)), shape=(size, size))
    _, label = connected_components(adjacency, directed=False)
    return dict(zip(nodes, label.tolist(), strict=True))
