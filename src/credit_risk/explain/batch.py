"""A long job in parts: each part is written whole, the manifest says which are done, a killed run goes on.

A run is known by what it depends on (its key). It works in a hidden folder; the same key finds the same folder again.
The parts are cut by the input alone, so a continued run leaves the same bytes as one that was never stopped.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from credit_risk.records.store import atomic_path

__all__ = ["Parts"]


class Parts:
    """The parts of one run below ``folder/.KEY``: tables in folders named ``NAME.parquet``, one file a part."""

    def __init__(self, folder: Path, key: str) -> None:
        self.folder = folder / f".{key}"
        self.folder.mkdir(parents=True, exist_ok=True)
        self.path = self.folder / "manifest.json"
        stored = json.loads(self.path.read_text(encoding="utf-8")) if self.path.is_file() else {}
        self.hashes: dict[str, str] = stored.get("parts", {})

    def file(self, name: str, part: int) -> Path:
        """Return the path of one part of a table."""
        return self.folder / f"{name}.parquet" / f"part-{part:05}.parquet"

    def has(self, name: str, part: int) -> bool:
        """Tell whether a part is written and as the manifest says."""
        path = self.file(name, part)
        return path.is_file() and self.hashes.get(self._entry(path)) == _hash(path)

    def write(self, name: str, part: int, table: pa.Table, rows_a_group: int) -> None:
        """Write one part and enter it in the manifest."""
        path = self.file(name, part)
        with atomic_path(path) as draft:
            pq.write_table(table, draft, compression="zstd", compression_level=1, row_group_size=rows_a_group)
        self.hashes[self._entry(path)] = _hash(path)
        self._keep()

    def read(self, name: str, part: int, columns: list[str] | None = None) -> pa.Table:
        """Return one part of a table, or some of its columns."""
        return pq.read_table(self.file(name, part), columns=columns)

    def drop(self, name: str) -> None:
        """Forget a table that was only needed on the way."""
        shutil.rmtree(self.folder / f"{name}.parquet", ignore_errors=True)
        self.hashes = {n: h for n, h in self.hashes.items() if not n.startswith(f"{name}.parquet/")}
        self._keep()

    def finish(self, target: Path) -> None:
        """Give the folder its name; where that content already stands, keep what stands."""
        if target.exists():
            shutil.rmtree(self.folder)
        else:
            self.folder.replace(target)

    def _keep(self) -> None:
        with atomic_path(self.path) as draft:
            told = {"parts": dict(sorted(self.hashes.items()))}
            draft.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")

    def _entry(self, path: Path) -> str:
        return f"{path.parent.name}/{path.name}"


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "blake2b").hexdigest()[:32]
