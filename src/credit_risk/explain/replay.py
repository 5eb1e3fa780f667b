"""What a snapshot was made of, kept beside it, and whether making it again gives the same to the last bit."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import pandas as pd

from credit_risk.errors import InputError
from credit_risk.explain.snapshot import Snapshot, Snapshots
from credit_risk.features.hashes import code_hash, environment
from credit_risk.records.store import atomic_path

__all__ = ["MadeOf", "Replayed", "compare"]

FILE = "made_of.json"


@dataclass(frozen=True)
class MadeOf:
    """The lineage of a snapshot: models, t, held grades, and hashes of all that could change a number.

    Records need no copy: they are append-only, and those known at ``as_of`` are the same at any later day.
    """

    recipe: str
    model_id: str
    as_of: str
    beside: dict[str, str]
    held: str | None
    evidence: bool
    book: str
    code: str
    environment: dict[str, str]

    def write(self, folder: Path) -> None:
        """Store it in the folder of its snapshot; a snapshot made before keeps its first one."""
        if (folder / FILE).exists():
            return
        with atomic_path(folder / FILE) as draft:
            draft.write_text(json.dumps(asdict(self), ensure_ascii=False, indent=1, sort_keys=True), "utf-8")

    @classmethod
    def read(cls, folder: Path) -> MadeOf:
        """Read it; raises InputError when the snapshot is unknown or was made before lineages were kept."""
        path = folder / FILE
        if not path.is_file():
            raise InputError(
                f"no lineage of snapshot {folder.name}", hint="score again: credit-risk score --as-of DATE"
            )
        return cls(**json.loads(path.read_text(encoding="utf-8")))


@dataclass(frozen=True)
class Replayed:
    """A replay: the same, or which enterprises and columns differ and what has changed since."""

    snapshot_id: str
    again_id: str
    enterprises: int
    different: dict[str, list[str]]
    changed: list[str]

    @property
    def same(self) -> bool:
        """Tell whether every column of every enterprise is the same to the last bit."""
        return not self.different


def compare(made_of: MadeOf, snapshots: Snapshots, snapshot_id: str, again: Snapshot, book: str) -> Replayed:
    """Compare a stored snapshot with its replay: scores, reasons and contributions, column by column."""
    different: dict[str, list[str]] = {}
    enterprises = 0
    for name in ("scores", "reasons", "contributions"):
        ours, theirs = snapshots.read(snapshot_id, name), again.table(name)
        enterprises = max(enterprises, len(ours))
        for column, subjects in _different(ours, theirs).items():
            different[f"{name}.{column}"] = subjects
    now = {"book": book, "code": code_hash(), "environment": environment()}
    changed = [name for name, value in now.items() if getattr(made_of, name) != value]
    return Replayed(snapshot_id, again.id, enterprises, different, changed)


def _different(ours: pd.DataFrame, theirs: pd.DataFrame) -> dict[str, list[str]]:
    """Return by column the subjects whose values differ; nulls equal nulls, NaN equals NaN."""
    one, other = (t.sort_values("subject", ignore_index=True) for t in (ours, theirs))
    if one["subject"].tolist() != other["subject"].tolist():
        return {"subject": sorted(set(one["subject"]) ^ set(other["subject"]))}
    found = {}
    for column in one.columns:
        if one[column].equals(other[column]):
            continue
        pairs = zip(one["subject"], one[column], other[column], strict=True)
        unequal = [s for s, a, b in pairs if not _equal(a, b)]
        if unequal:
            found[str(column)] = unequal
    return found


def _equal(one: object, other: object) -> bool:
    """Tell whether two cells are the same; lists and arrays element by element."""
    return repr(_plain(one)) == repr(_plain(other))


def _plain(value: object) -> object:
    return value.tolist() if hasattr(value, "tolist") else value
