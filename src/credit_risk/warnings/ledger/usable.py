"""Which records behind a case are still usable: repaired, withdrawn and shielded ones are not.

An objection does not close a case: until it is decided the case only waits.
"""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from credit_risk.features import Matrix
from credit_risk.records.as_of import ENDED
from credit_risk.records.clock import Moment
from credit_risk.warnings.ledger.fold import Usable

__all__ = ["still_usable"]


def still_usable(matrix: Matrix, t: Moment, lives: Sequence[str] = ENDED) -> Usable:
    """Return what tells of evidence (``kind``, ``record_id``) which ids are known and usable at t.

    ``lives`` names the life records to heed.
    """

    def usable(evidence: pd.DataFrame) -> set[str]:
        found: set[str] = set()
        for kind, rows in evidence.groupby("kind"):
            relation = str(kind) in matrix.catalogue.rules.relations
            if relation:
                table = matrix.graph.as_of(str(kind), t, lives=lives)
            else:
                table = matrix.records.as_of(str(kind), t, lives=lives)
            ids = table.filter(table.record_id.isin(rows["record_id"].unique().tolist()))
            found.update(ids.record_id.execute())
        return found

    return usable
