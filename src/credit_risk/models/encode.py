"""From a table of indicators to the float32 matrix a learner sees, by name and never by position."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from credit_risk.errors import InputError, nearest

__all__ = ["Encoder"]

FloatMatrix = npt.NDArray[np.float32]
FEW = 500  # rows; of fewer all columns are taken at once, of more one after another: either is slow for the other


@dataclass(frozen=True)
class Encoder:
    """The names a model was trained on, in its order, and the code of each category.

    A category that training never saw becomes missing (NaN) and is reported; so does one that is null.
    """

    names: tuple[str, ...]
    categories: dict[str, tuple[str, ...]]

    @classmethod
    def learn(cls, rows: pd.DataFrame, names: Iterable[str], categories: Iterable[str]) -> Encoder:
        """Take the categories that stand in ``rows``, in alphabetical order."""
        tables = {name: tuple(sorted(rows[name].dropna().astype(str).unique())) for name in categories}
        return cls(tuple(names), tables)

    def matrix(self, rows: pd.DataFrame) -> FloatMatrix:
        """Return shape (rows, names), float32; nulls are NaN. Columns may come in any order.

        Raises
        ------
        InputError
            A name is missing, stands twice, or holds something that is no number.

        """
        self._check(rows)
        result = np.empty((len(rows), len(self.names)), dtype=np.float32)
        kinds = dict(zip(rows.columns, rows.dtypes, strict=True))
        plain = [n for n in self.names if n not in self.categories and kinds[n] == np.float64]
        if len(rows) < FEW:
            result[:, [self.names.index(name) for name in plain]] = rows[plain].to_numpy(np.float64)
        for position, name in enumerate(self.names):
            if name in self.categories or kinds[name] != np.float64:
                result[:, position] = self._column(rows[name], name)
            elif len(rows) >= FEW:
                result[:, position] = rows[name].to_numpy()
        return result

    def unseen(self, rows: pd.DataFrame) -> dict[str, int]:
        """Return, per category indicator, how many rows hold a value that training never saw."""
        counts = {}
        for name, table in self.categories.items():
            values = rows[name].dropna().astype(str)
            if number := int((~values.isin(table)).sum()):
                counts[name] = number
        return counts

    def _column(self, column: pd.Series, name: str) -> npt.NDArray[np.float32]:
        if name in self.categories:
            table = {value: code for code, value in enumerate(self.categories[name])}
            places, values = pd.factorize(column)
            codes = np.array([*(table.get(str(v), np.nan) for v in values), np.nan], np.float32)
            coded: npt.NDArray[np.float32] = codes[places]  # null is -1, the last
            return coded
        try:
            return np.asarray(column.to_numpy(dtype=np.float32, na_value=np.nan))
        except (TypeError, ValueError):
            raise InputError(
                f"indicator {name}: expected numbers, came {column.dtype}", indicator=name
            ) from None

    def _check(self, rows: pd.DataFrame) -> None:
        columns = list(rows.columns)
        missing = [n for n in self.names if n not in columns]
        if missing:
            raise InputError(
                f"indicator {missing[0]!r} is missing ({len(missing)} in all)",
                hint=nearest(missing[0], columns),
                missing=missing,
            )
        twice = sorted({n for n in self.names if columns.count(n) > 1})
        if twice:
            raise InputError(f"indicator {twice[0]!r} stands twice", twice=twice)
