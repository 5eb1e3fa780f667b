"""Exact Shapley values of LightGBM models at about the price of a prediction; usable on its own.

    from credit_risk.explain.trees import TreeExplainer
    TreeExplainer(booster).shap_values(X)

The method is told in ``docs/methods/treeshap.md``.
"""

from credit_risk.explain.trees.explainer import TreeExplainer
from credit_risk.explain.trees.forest import UnsupportedModel

__all__ = ["TreeExplainer", "UnsupportedModel"]
