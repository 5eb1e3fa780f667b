"""The explainer: a fitted LightGBM model in, exact Shapley values out."""

from __future__ import annotations

from typing import Any

import lightgbm
import numba
import numpy as np
import numpy.typing as npt
import pandas as pd

from credit_risk.errors import InputError
from credit_risk.explain.trees.forest import Forest
from credit_risk.explain.trees.kernel import parallel, serial
from credit_risk.explain.trees.one_row import one_row
from credit_risk.explain.trees.tables import Tables

__all__ = ["TreeExplainer"]

LANES, BLOCKS, FEW = 128, 4, 32


class TreeExplainer:
    """Exact path-dependent TreeSHAP of a LightGBM model, by quadrature.

    The values are those of ``Booster.predict(pred_contrib=True)`` and of ``shap.TreeExplainer(model).shap_values(X)``
    (``feature_perturbation="tree_path_dependent"``): they and ``expected_value`` add up to the raw score.

    Parameters
    ----------
    model : lightgbm.Booster or a fitted scikit-learn wrapper of LightGBM
        Up to its best iteration, where it has one.
    dtype : float64 or float32
        Precision of rows, arithmetic and result. A float32 row is the same number to LightGBM and to this class.
    threads : int
        1, or how many of numba's threads to use at most; the values are the same bit for bit.
    few : int
        Fewer rows go through a kernel for single rows: quicker, but the last bits may differ from those of a batch.
        With 0 a row has the same values bit for bit, alone or in any batch.

    Attributes
    ----------
    expected_value : float, or ndarray (classes,) for several classes
        Mean raw score over the training data.

    Raises
    ------
    UnsupportedModel
        Linear trees, averaged output (``boosting="rf"``), a split that no training row took.

    References
    ----------
    Lundberg, Erion, Lee 2018, arXiv:1802.03888 (TreeSHAP). Owen 1972, Management Science 18(5) (multilinear extension).
    Yu, Xu, Bifet, Read 2022, arXiv:2209.08192 (Linear TreeSHAP). See ``docs/methods/treeshap.md``.

    """

    def __init__(
        self, model: Any, dtype: type[np.floating] = np.float64, threads: int = 1, few: int = FEW
    ) -> None:
        booster = model if isinstance(model, lightgbm.Booster) else getattr(model, "booster_", None)
        if not isinstance(booster, lightgbm.Booster):
            raise InputError(f"model: expected a fitted LightGBM model, came {type(model).__name__}")
        if dtype not in (np.float32, np.float64):
            raise InputError(f"dtype: expected float32 or float64, came {dtype!r}")
        self.dtype, self.threads, self.few = dtype, threads, few
        forest = Forest.of(booster)
        self.feature_names = forest.names
        self.classes = forest.classes
        self.expected_value: Any = forest.expected if forest.classes > 1 else float(forest.expected[0])
        self._tables = Tables.of(forest, dtype) if forest.trees else None
        self._flat = _flat(self._tables) if self._tables else None

    def shap_values(self, X: Any) -> npt.NDArray[np.floating]:  # noqa: N803  the name that shap gave it
        """Return the values, (rows, features), or (rows, features, classes) for several classes.

        A DataFrame is matched by column name; an array by position, as it has no names. Missing is NaN. Categories are
        the codes with which the model was fitted.

        Raises
        ------
        InputError
            A column is missing or more were given, or the array has another width.

        """
        rows = self._rows(X)
        out = np.zeros((len(rows), len(self.feature_names), self.classes), self.dtype)
        if self._tables is None:
            return out if self.classes > 1 else out[:, :, 0]
        forest = (self._tables.tree_class, self._tables.depth, self._tables.most_nodes, self._flat)
        if len(rows) < self.few:
            for row, values in zip(rows, out, strict=True):
                one_row(row, values, *forest)
        else:
            work = (rows, out, LANES, BLOCKS, *forest)
            if self.threads > 1 and len(rows) > LANES * BLOCKS:
                before = numba.get_num_threads()
                numba.set_num_threads(min(self.threads, numba.config.NUMBA_NUM_THREADS))
                try:
                    parallel(*work)
                finally:
                    numba.set_num_threads(before)
            else:
                serial(*work)
        return out if self.classes > 1 else out[:, :, 0]

    def _rows(self, X: Any) -> npt.NDArray[np.floating]:  # noqa: N803
        if isinstance(X, pd.DataFrame):
            missing = [n for n in self.feature_names if n not in X.columns]
            if missing or len(X.columns) != len(self.feature_names):
                wrong = missing or [str(c) for c in X.columns if c not in self.feature_names]
                raise InputError(
                    f"columns: expected just those of the model; the first that is not so: {wrong[0]!r}"
                )
        named = X[self.feature_names].to_numpy() if isinstance(X, pd.DataFrame) else X
        rows = np.ascontiguousarray(named, dtype=self.dtype)
        if rows.ndim != 2 or rows.shape[1] != len(self.feature_names):
            raise InputError(f"rows: expected (n, {len(self.feature_names)}), came {rows.shape}")
        return rows


def _flat(t: Tables) -> tuple[npt.NDArray[Any], ...]:
    """Return the arrays in the order in which the kernel takes them."""
    return (
        t.nodes_of_quadrature, t.node_start, t.edge_start, t.table_start, t.weight_start, t.feature, t.threshold,
        t.rule, t.bits_start, t.bits, t.edge_feature, t.edge_depth, t.left, t.above_depth, t.child, t.value, t.up,
        t.first, t.base, t.by_own, t.by_above, t.weight, t.weight_above, t.weight_zero,
    )  # fmt: skip
