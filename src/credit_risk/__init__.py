"""The credit-risk engine of a trade zone: ``Book`` opens a zone's book, everything else follows from it.

``BoostedTrees`` and ``WoeScorecard`` are the learners as scikit-learn classifiers, for use without a book.

Nothing here calls out: the telemetry of the libraries below is switched off before any of them is imported.
Waiting threads sleep instead of spinning, or two LightGBM processes on one machine stand still together.
"""

from __future__ import annotations

import os
from importlib import import_module
from typing import TYPE_CHECKING, Any

os.environ.update(
    {
        "BENTOML_DO_NOT_TRACK": "True",
        "DO_NOT_TRACK": "1",
        "GIT_PYTHON_REFRESH": "quiet",
        "MLFLOW_DISABLE_TELEMETRY": "true",
    }
)

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

if TYPE_CHECKING:
    from credit_risk.models.boosted import BoostedTrees
    from credit_risk.models.scorecard import WoeScorecard
    from credit_risk.zone import Book, Model

__all__ = ["Book", "BoostedTrees", "Model", "WoeScorecard"]

_WHERE = {"BoostedTrees": "models.boosted", "WoeScorecard": "models.scorecard"}


def __getattr__(name: str) -> Any:
    """Import what is public when it is asked for, so that light commands start quickly."""
    if name in __all__:
        return getattr(import_module(f"credit_risk.{_WHERE.get(name, 'zone')}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
