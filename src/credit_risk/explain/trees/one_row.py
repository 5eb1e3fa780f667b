"""The same walk for a single row, without lanes: what a request asks for."""

from __future__ import annotations

import numpy as np
from numba import njit

from credit_risk.explain.trees.kernel import ZERO

__all__ = ["one_row"]


@njit(cache=True, nogil=True, error_model="numpy")
def _goes_left(v, rule, threshold, bits, first_word, words):
    if rule >= 8:
        if v >= 0 and v < 32 * words:  # NaN and negative categories go right
            c = np.int64(v)
            return (bits[first_word + c // 32] >> np.uint32(c % 32)) & np.uint32(1) == np.uint32(1)
        return False
    missing = rule & 3
    if missing == 2 and v != v:
        return rule & 4 == 4
    if missing == 1 and (v != v or abs(v) <= ZERO):
        return rule & 4 == 4
    return v <= threshold if v == v else threshold >= 0  # missing counts as zero


@njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract"})
def one_row(row, out, tree_class, depth, most_nodes, tables):
    """Explain ``row`` (features,) into ``out`` (features, classes)."""
    (nodes, node_start, edge_start, table_start, weight_start, feature, threshold, rule, bits_start, bits,
     edge_feature, edge_depth, left, above_depth, child, value, up, first, base, by_own, by_above, weight,
     weight_above, weight_zero) = tables  # fmt: skip
    kind = row.dtype.type
    product = np.empty((depth + 1, most_nodes), row.dtype)
    total = np.empty((depth + 1, most_nodes), row.dtype)
    passed = np.zeros(depth + 1, row.dtype)  # passed[0] stands for "no edge above"
    goes = np.empty(depth + 1, row.dtype)
    for t in range(tree_class.shape[0]):
        ks, c = nodes[t], tree_class[t]
        n, e0, w0 = node_start[t], edge_start[t], weight_start[t]
        for k in range(ks):
            product[0, k] = kind(1)
        words = bits_start[n + 1] - bits_start[n]
        goes[0] = kind(_goes_left(row[feature[n]], rule[n], threshold[n], bits, bits_start[n], words))
        for e in range(e0, edge_start[t + 1]):
            d, above, table = edge_depth[e], above_depth[e], table_start[t] + (e - e0) * ks
            q = goes[d - 1] if left[e] == 1 else kind(1) - goes[d - 1]
            qa = passed[above]
            if above > 0:
                q *= qa
            passed[d] = q
            for k in range(ks):
                product[d, k] = product[d - 1, k] * (
                    base[table + k] + by_own[table + k] * q + by_above[table + k] * qa
                )
            if child[e] >= 0:
                n = node_start[t] + child[e]
                words = bits_start[n + 1] - bits_start[n]
                goes[d] = kind(_goes_left(row[feature[n]], rule[n], threshold[n], bits, bits_start[n], words))
                continue
            for k in range(ks):
                total[d, k] = value[e] * product[d, k]
            last = e
            for step in range(up[e] + 1):
                here = d - step
                while edge_depth[last] != here:
                    last -= 1
                at = table_start[t] + (last - e0) * ks
                own, old = passed[here], passed[above_depth[last]]
                repeats = above_depth[last] > 0
                share = kind(0)
                for k in range(ks):
                    whole = weight[at + k] * own - weight_above[at + k] * old
                    if not repeats:
                        whole += weight_zero[w0 + k]
                    share += total[here, k] * whole
                    if first[last] == 1:
                        total[here - 1, k] = total[here, k]
                    else:
                        total[here - 1, k] += total[here, k]
                out[edge_feature[last], c] += share
