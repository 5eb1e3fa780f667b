"""Single rows of a stored table that is sorted by subject: where each row group ends is known, so one group is read."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow.compute as pc
import pyarrow.parquet as pq

__all__ = ["Rows"]


@dataclass
class Rows:
    """The parts of one table, a folder or a file; their footers are read once and kept."""

    path: Path

    @cached_property
    def _groups(self) -> tuple[list[str], list[tuple[pq.FileMetaData, Path, int]]]:
        """Return the last subject of every row group, ascending, and where the group is."""
        paths = sorted(self.path.glob("*.parquet")) if self.path.is_dir() else [self.path]
        found = []
        for path in paths:
            footer = pq.read_metadata(path)
            place = footer.schema.names.index("subject")
            for group in range(footer.num_row_groups):
                if not footer.row_group(group).num_rows:
                    continue
                last = footer.row_group(group).column(place).statistics.max
                found.append((str(last), footer, path, group))
        return [one[0] for one in found], [one[1:] for one in found]

    @cached_property
    def names(self) -> frozenset[str]:
        """The columns of the table."""
        _, groups = self._groups
        return frozenset(groups[0][0].schema.names) if groups else frozenset()

    def row(self, subject: str, names: Iterable[str] | None = None) -> dict[str, Any] | None:
        """Return one enterprise's row without ``subject``, of those of ``names`` that there are; nulls and NaN as None.

        None when the table lacks the enterprise.
        """
        ends, groups = self._groups
        place = bisect_left(ends, subject)
        if place == len(ends):
            return None
        footer, path, group = groups[place]
        asked = sorted(self.names - {"subject"} if names is None else self.names & set(names))
        with pq.ParquetFile(path, metadata=footer) as file:
            table = file.read_row_group(group, columns=["subject", *asked])
        found = table.filter(pc.equal(table.column("subject"), subject)).select(asked).to_pylist()
        return {n: None if _nothing(v) else v for n, v in found[0].items()} if found else None


def _nothing(value: Any) -> bool:
    return isinstance(value, float) and math.isnan(value)
