"""The walk itself, compiled by numba: a block of rows goes down every tree together and comes back with its values.

The innermost loops run over the rows of a block (``lanes``), which lie side by side, so that the compiler makes vector
instructions of them. ``serial`` and ``parallel`` are written apart, because two compilations of one function share a
cache entry.
"""

from __future__ import annotations

import numpy as np
from numba import njit, prange

__all__ = ["parallel", "serial"]

ZERO = 1e-35  # LightGBM takes what is not larger for zero


@njit(cache=True, nogil=True, error_model="numpy")
def _decide(x, lanes, rule, threshold, bits, first_word, words, out):
    """Write 1 where a row goes left, 0 where it goes right."""
    one, zero = out.dtype.type(1), out.dtype.type(0)
    if rule >= 8:
        for i in range(lanes):
            v = x[i]
            goes = False
            if v >= 0 and v < 32 * words:  # NaN and negative categories go right
                c = np.int64(v)
                goes = (bits[first_word + c // 32] >> np.uint32(c % 32)) & np.uint32(1) == np.uint32(1)
            out[i] = one if goes else zero
        return
    missing, by_default = rule & 3, one if rule & 4 else zero
    if missing == 2:
        for i in range(lanes):
            v = x[i]
            out[i] = by_default if v != v else (one if v <= threshold else zero)
    elif missing == 1:
        for i in range(lanes):
            v = x[i] if x[i] == x[i] else zero
            out[i] = by_default if abs(v) <= ZERO else (one if v <= threshold else zero)
    else:
        for i in range(lanes):
            v = x[i] if x[i] == x[i] else zero
            out[i] = one if v <= threshold else zero


@njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract"})
def _walk(t, x, phi, product, total, passed, goes, tmp, tables):
    """Add one tree's values of one block to ``phi`` (feature, lane)."""
    (nodes, node_start, edge_start, table_start, weight_start, feature, threshold, rule, bits_start, bits,
     edge_feature, edge_depth, left, above_depth, child, value, up, first, base, by_own, by_above, weight,
     weight_above, weight_zero) = tables  # fmt: skip
    lanes = x.shape[1]
    one, zero = tmp.dtype.type(1), tmp.dtype.type(0)
    ks = nodes[t]
    n0, e0, w0 = node_start[t], edge_start[t], weight_start[t]
    for k in range(ks):
        for i in range(lanes):
            product[0, k, i] = one
    words = bits_start[n0 + 1] - bits_start[n0]
    _decide(x[feature[n0]], lanes, rule[n0], threshold[n0], bits, bits_start[n0], words, goes[0])
    for e in range(e0, edge_start[t + 1]):
        d = edge_depth[e]
        table = table_start[t] + (e - e0) * ks
        above = above_depth[e]
        q = passed[d]
        way = goes[d - 1]
        if left[e] == 1:
            for i in range(lanes):
                q[i] = way[i]
        else:
            for i in range(lanes):
                q[i] = one - way[i]
        node = child[e]
        if node >= 0:
            if above > 0:
                qa = passed[above]
                for i in range(lanes):
                    q[i] *= qa[i]
                for k in range(ks):
                    b, own, old = base[table + k], by_own[table + k], by_above[table + k]
                    p, before = product[d, k], product[d - 1, k]
                    for i in range(lanes):
                        p[i] = before[i] * (b + own * q[i] + old * qa[i])
            else:
                for k in range(ks):
                    b, own = base[table + k], by_own[table + k]
                    p, before = product[d, k], product[d - 1, k]
                    for i in range(lanes):
                        p[i] = before[i] * (b + own * q[i])
            n = n0 + node
            words = bits_start[n + 1] - bits_start[n]
            _decide(x[feature[n]], lanes, rule[n], threshold[n], bits, bits_start[n], words, goes[d])
            continue
        # a leaf: down and up again at once
        v = value[e]
        for i in range(lanes):
            tmp[i] = zero
        if above > 0:
            qa = passed[above]
            for i in range(lanes):
                q[i] *= qa[i]
            for k in range(ks):
                b, own, old = base[table + k], by_own[table + k], by_above[table + k]
                mine, its = weight[table + k], weight_above[table + k]
                before, parent = product[d - 1, k], total[d - 1, k]
                if first[e] == 1:
                    for i in range(lanes):
                        s = v * before[i] * (b + own * q[i] + old * qa[i])
                        tmp[i] += s * (mine * q[i] - its * qa[i])
                        parent[i] = s
                else:
                    for i in range(lanes):
                        s = v * before[i] * (b + own * q[i] + old * qa[i])
                        tmp[i] += s * (mine * q[i] - its * qa[i])
                        parent[i] += s
        else:
            for k in range(ks):
                b, own = base[table + k], by_own[table + k]
                mine, nothing = weight[table + k], weight_zero[w0 + k]
                before, parent = product[d - 1, k], total[d - 1, k]
                if first[e] == 1:
                    for i in range(lanes):
                        s = v * before[i] * (b + own * q[i])
                        tmp[i] += s * (nothing + mine * q[i])
                        parent[i] = s
                else:
                    for i in range(lanes):
                        s = v * before[i] * (b + own * q[i])
                        tmp[i] += s * (nothing + mine * q[i])
                        parent[i] += s
        target = phi[edge_feature[e]]
        for i in range(lanes):
            target[i] += tmp[i]
        # come back up over every edge above that ends here; the walk's order tells where each of them began
        last = e
        for step in range(up[e]):
            here = d - 1 - step
            while edge_depth[last] != here:
                last -= 1
            _collect(last, here, table_start[t] + (last - e0) * ks, w0, ks, lanes, above_depth[last], first[last],
                     edge_feature[last], phi, total, passed, tmp, weight, weight_above, weight_zero)  # fmt: skip


@njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract"}, inline="always")
def _collect(
    e, d, table, w0, ks, lanes, above, is_first, f, phi, total, passed, tmp, weight, weight_above, weight_zero
):
    """Give an edge's feature its share of the leaves below, and hand their sum on to the parent."""
    q = passed[d]
    zero = tmp.dtype.type(0)
    for i in range(lanes):
        tmp[i] = zero
    if above > 0:
        qa = passed[above]
        for k in range(ks):
            own, old = weight[table + k], weight_above[table + k]
            s = total[d, k]
            for i in range(lanes):
                tmp[i] += s[i] * (own * q[i] - old * qa[i])
    else:
        for k in range(ks):
            own, nothing = weight[table + k], weight_zero[w0 + k]
            s = total[d, k]
            for i in range(lanes):
                tmp[i] += s[i] * (nothing + own * q[i])
    target = phi[f]
    for i in range(lanes):
        target[i] += tmp[i]
    if is_first == 1:
        for k in range(ks):
            s, parent = total[d, k], total[d - 1, k]
            for i in range(lanes):
                parent[i] = s[i]
    else:
        for k in range(ks):
            s, parent = total[d, k], total[d - 1, k]
            for i in range(lanes):
                parent[i] += s[i]


@njit(cache=True, nogil=True, error_model="numpy")
def _group(begin, end, lanes, rows, out, tree_class, depth, most_nodes, tables):
    """Explain rows ``begin`` to ``end``: a few blocks share one pass over the trees."""
    blocks = (end - begin + lanes - 1) // lanes
    features, classes = rows.shape[1], out.shape[2]
    kind = rows.dtype
    x = np.zeros((blocks, features, lanes), kind)
    phi = np.zeros((blocks, classes, features, lanes), kind)
    product = np.empty((depth + 1, most_nodes, lanes), kind)
    total = np.empty((depth + 1, most_nodes, lanes), kind)
    passed = np.empty((depth + 1, lanes), kind)
    goes = np.empty((depth + 1, lanes), kind)
    tmp = np.empty(lanes, kind)
    for r in range(begin, end):
        block, lane = (r - begin) // lanes, (r - begin) % lanes
        for f in range(features):
            x[block, f, lane] = rows[r, f]
    for t in range(tree_class.shape[0]):
        for block in range(blocks):
            _walk(t, x[block], phi[block, tree_class[t]], product, total, passed, goes, tmp, tables)
    for r in range(begin, end):
        block, lane = (r - begin) // lanes, (r - begin) % lanes
        for f in range(features):
            for c in range(classes):
                out[r, f, c] = phi[block, c, f, lane]


@njit(cache=True, nogil=True)
def serial(rows, out, lanes, blocks, tree_class, depth, most_nodes, tables):
    """Explain ``rows`` (n, features) into ``out`` (n, features, classes) on one thread."""
    step = lanes * blocks
    for g in range((rows.shape[0] + step - 1) // step):
        _group(
            g * step,
            min((g + 1) * step, rows.shape[0]),
            lanes,
            rows,
            out,
            tree_class,
            depth,
            most_nodes,
            tables,
        )


@njit(cache=True, nogil=True, parallel=True)
def parallel(rows, out, lanes, blocks, tree_class, depth, most_nodes, tables):
    """Explain ``rows`` into ``out`` on numba's threads; each row's values are those of ``serial``."""
    step = lanes * blocks
    for g in prange((rows.shape[0] + step - 1) // step):
        _group(
            g * step,
            min((g + 1) * step, rows.shape[0]),
            lanes,
            rows,
            out,
            tree_class,
            depth,
            most_nodes,
            tables,
        )
