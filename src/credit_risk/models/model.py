"""A credit model: encoder, boosters, calibrator and scale; scores tables and nothing else."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import lightgbm
import numpy as np
import numpy.typing as npt
from pandas import DataFrame

from credit_risk.models.calibration import Calibrator
from credit_risk.models.encode import Encoder
from credit_risk.models.interval import PdInterval
from credit_risk.models.learner import raw_scores
from credit_risk.models.scale import MasterScale

if TYPE_CHECKING:
    from credit_risk.models.network import Network

__all__ = ["CreditModel", "Joined"]


@dataclass(frozen=True)
class Joined:
    """A model that joined another one on the log-odds; ``weight`` is its share, within (0, 1)."""

    model: CreditModel
    weight: float

    def raw(self, own: npt.NDArray[np.float64], other: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Return the blended log-odds, shape (rows,)."""
        return (1 - self.weight) * own + self.weight * other


@dataclass(frozen=True)
class CreditModel:
    """A fitted model.

    Attributes
    ----------
    model_id : str
        Recipe and the first twelve digits of the artefact's hash; empty until the model is saved.
    threshold : float
        PD above which an enterprise is called bad where a yes or no is asked; chosen on training data.
    lineage : dict
        Hashes to rebuild the model.
    interval : PdInterval or None
        Bounds of the PD; None in an artefact made before there were any.
    definitions : dict
        Hash of what each indicator meant when the model was trained.
    network : Network or None
        A graph network instead of boosters.
    joined : Joined or None
        A second model whose log-odds are blended in.

    """

    recipe: str
    encoder: Encoder
    boosters: list[lightgbm.Booster]
    calibrator: Calibrator
    scale: MasterScale
    threshold: float
    lineage: dict[str, str]
    monotone: dict[str, int] = field(default_factory=dict)
    model_id: str = ""
    interval: PdInterval | None = None
    definitions: dict[str, str] = field(default_factory=dict)
    network: Network | None = None
    joined: Joined | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the indicators, in the order of the matrix."""
        return self.encoder.names

    def raw(self, rows: DataFrame) -> npt.NDArray[np.float64]:
        """Return the learner's log-odds, shape (rows,); a network asks rows for ``subject`` and ``as_of`` as well."""
        own = np.mean(self.network.by_seed(rows), axis=0) if self.network else self._trees(rows)
        return own if self.joined is None else self.joined.raw(own, self.joined.model.raw(rows))

    def raw_by_seed(self, rows: DataFrame) -> list[npt.NDArray[np.float64]]:
        """Return the log-odds of every seed alone, blended with the second model's of the same place."""
        matrix = self.encoder.matrix(rows)
        own = self.network.by_seed(rows) if self.network else [raw_scores([b], matrix) for b in self.boosters]
        if self.joined is None:
            return own
        others = self.joined.model.raw_by_seed(rows)
        return [self.joined.raw(a, b) for a, b in zip(own, others, strict=False)]

    @property
    def tells_reasons(self) -> bool:
        """Whether contributions of indicators add up to its score: true of trees that stand alone."""
        return self.network is None and self.joined is None

    def _trees(self, rows: DataFrame) -> npt.NDArray[np.float64]:
        return raw_scores(self.boosters, self.encoder.matrix(rows))

    def pd(self, rows: DataFrame) -> npt.NDArray[np.float64]:
        """Return the calibrated PD within the recipe's horizon, shape (rows,)."""
        return self.calibrator.pd(self.raw(rows))

    def score(self, rows: DataFrame) -> DataFrame:
        """Return ``score`` (points), ``pd``, its bounds, ``grade``, ``grade_rank`` and ``public_class`` per row.

        The grade is that of the PD alone; whoever publishes holds it (``MasterScale.held``). Columns are matched by
        name; row order and index are kept.
        """
        raw = self.raw(rows)
        pds = self.calibrator.pd(raw)
        low, high = self.interval.around(raw, pds) if self.interval else (pds * np.nan, pds * np.nan)
        columns: dict[str, Any] = {
            "score": self.scale.points(self.calibrator.calibrated_log_odds(raw)),
            "pd": pds,
            "pd_low": low,
            "pd_high": high,
            "grade": self.scale.grade(pds),
            "grade_rank": self.scale.rank(pds),
            "public_class": self.scale.public_class(pds),
        }
        return DataFrame(columns, index=rows.index)
