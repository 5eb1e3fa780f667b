"""The model as an MLflow pyfunc: MLflow calls ``_load_pyfunc`` on the artefact folder, nothing is pickled."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from credit_risk.explain.contributions import Explainer
from credit_risk.explain.reasons import Reasoner
from credit_risk.explain.told import Words
from credit_risk.explain.wording import Wording
from credit_risk.models.artefact import load_model

__all__ = ["Explained"]


class Explained:
    """A model that answers with PD, grade and reasons; columns are matched by name."""

    def __init__(self, folder: Path) -> None:
        self.model = load_model(folder)
        words = json.loads((folder / "catalogue.json").read_text(encoding="utf-8"))
        self.reasoner = Reasoner(Wording.from_json(words), self.model.names)
        self.words = Words(list(self.model.names), self.reasoner.groups, [], self.reasoner.wording)
        self.explainer = Explainer(self.model)

    def predict(self, model_input: pd.DataFrame, params: dict[str, Any] | None = None) -> pd.DataFrame:
        """Return ``score``, ``pd``, ``grade``, ``public_class`` and ``reasons`` (JSON) per row.

        Without peers at hand, the sentences say no percentile.
        """
        rows = model_input.reset_index(drop=True)
        result = self.model.score(rows).drop(columns="grade_rank")
        nobody = np.full((len(rows), len(self.model.names)), np.nan)
        ranked = self.reasoner.rank(self.explainer.explain(rows), rows, nobody)
        told = [self.words.tell(row) for row in ranked.reasons.to_pylist()]
        result["reasons"] = [json.dumps(reasons, ensure_ascii=False, sort_keys=True) for reasons in told]
        return result


def _load_pyfunc(path: str) -> Explained:
    return Explained(Path(path))
