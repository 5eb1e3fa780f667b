"""Reads all that belongs to a few nodes of the pool into memory, with what ended or objected to it."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from pathlib import Path

import duckdb
import pyarrow as pa

from credit_risk.records.batches import rows_of
from credit_risk.records.envelope import LIFE_TARGET
from credit_risk.records.held import Held
from credit_risk.records.lookup import TABLE, keys_of, lookup_of
from credit_risk.records.sql import identifier, lay, quote
from credit_risk.records.store import Pool

__all__ = ["Reader"]

FEW = 300  # records whose life is looked up one by one; of more the life records are read through
Found = Mapping[str, tuple[pa.Table | None, list[Path]]]
NO_IDS = "SELECT NULL::VARCHAR AS record_id WHERE false"


class Reader:
    """Reads from one pool; where the rows of a type stand is found out once and again when its batches change.

    Rows are asked for by names written into the statement: DuckDB looks up an index for constants only. One a
    pool, and not for several threads at once.

    Parameters
    ----------
    pool
        The pool that is read.
    kept
        So many of the latest answers are kept, and given again while the pool holds what it held.

    """

    def __init__(self, pool: Pool, kept: int = 0) -> None:
        self.pool, self.rules, self.connection = pool, pool.rules, pool.cursor()
        self._most, self._kept = kept, OrderedDict[Hashable, Held]()
        # an index is worth its while however many rows it leads to: there are many more that it does not lead to
        self.connection.execute("SET index_scan_max_count = 1000000")
        self._batches: dict[str, list[Path]] = {}
        self._attached: dict[str, str] = {}
        self._sources: dict[str, str] = {}

    def read(self, whose: Sequence[str], ends: Sequence[str], only: Collection[str] | None = None) -> Held:
        """Return the records of ``whose``, the relations of ``ends``, and what ended or objected to either.

        Of the types ``only``, where those are named; of the others nothing may be asked then.
        """
        kinds = [kind for kind in self.rules.records if only is None or kind in only or kind in self._lives]
        relations = [kind for kind in self.rules.relations if only is None or kind in only]
        found = self._found([*kinds, *relations])
        asked = tuple(whose), tuple(ends), _mark(found)
        if asked in self._kept:
            self._kept.move_to_end(asked)
            return self._kept[asked]
        held = Held(self.pool, whose)
        self._fill(held, found, dict.fromkeys(kinds, whose), dict.fromkeys(relations, ends))
        self._kept[asked] = held
        while len(self._kept) > self._most:
            self._kept.popitem(last=False)
        return held

    def fill(self, held: Held, whose: Mapping[str, Sequence[str]], ends: Mapping[str, Sequence[str]]) -> None:
        """Hold records and relations, both by type, and what ended or objected to either."""
        self._fill(held, self._found([*whose, *ends]), whose, ends)

    @property
    def _lives(self) -> list[str]:
        return [kind for kind, rule in self.rules.records.items() if rule.life]

    def _found(self, kinds: Iterable[str]) -> Found:
        waiting = self.pool.pending.kinds()
        return {kind: self.pool.unfolded(kind, waiting) for kind in dict.fromkeys([*kinds, *self._lives])}

    def _fill(
        self, held: Held, found: Found, whose: Mapping[str, Sequence[str]], ends: Mapping[str, Sequence[str]]
    ) -> None:
        self._sources = {kind: self._source(kind, *found[kind]) for kind in found}
        self.connection.execute("BEGIN")
        try:
            self._keep(held, whose, ends)
        except BaseException:
            self.connection.execute("ROLLBACK")
            raise
        self.connection.execute("COMMIT")

    def _keep(
        self, held: Held, whose: Mapping[str, Sequence[str]], ends: Mapping[str, Sequence[str]]
    ) -> None:
        lives = self._lives
        for kind, names in whose.items():
            if kind not in lives:
                held.keep(self.connection, kind, self._with_any(kind, keys_of(self.rules, kind), names))
        for kind, names in ends.items():
            held.keep(self.connection, kind, self._touching(kind, ["src", "dst"], names))
        read = [kind for kind in [*whose, *ends] if kind not in lives]
        ids = " UNION ALL ".join(f"SELECT record_id FROM {held.table(kind)}" for kind in read)
        self.connection.execute(f"CREATE OR REPLACE TEMP TABLE near_ids AS {ids or NO_IDS}")
        few = self.connection.execute(f"SELECT DISTINCT record_id FROM near_ids LIMIT {FEW + 1}").fetchall()
        for kind in lives:
            own = whose.get(kind, ())
            if len(few) > FEW:
                rows = self._acting(kind, own)
            else:
                rows = self._touching(kind, ["subject", LIFE_TARGET], [*own, *(one for (one,) in few)])
            held.keep(self.connection, kind, rows)

    def _with_any(self, kind: str, columns: Sequence[str], names: Iterable[str]) -> str:
        """Select the rows of a type that have one of the names in any of some columns, each row once.

        Those of a column are found first and sifted then: an index is not looked up for both together.
        """
        source, listed = self._sources[kind], _listed(names)
        if not listed:
            return f"SELECT * FROM {source} LIMIT 0"
        parts = []
        for place, column in enumerate(columns):
            found = f"SELECT * FROM {source} WHERE {identifier(column)} IN ({listed})"
            earlier = [f"coalesce({identifier(c)} NOT IN ({listed}), true)" for c in columns[:place]]
            sifted = f"WITH found AS MATERIALIZED ({found}) SELECT * FROM found WHERE {' AND '.join(earlier)}"
            parts.append(f"({sifted})" if earlier else found)
        return " UNION ALL ".join(parts)

    def _touching(self, kind: str, columns: Sequence[str], names: Sequence[str]) -> str:
        """Select what has one of the names in one of the columns, in every version: a correction may have moved it."""
        source, listed = self._sources[kind], _listed(names)
        parts = [
            f"SELECT record_id FROM {source} WHERE {identifier(column)} IN ({listed})" for column in columns
        ]
        rows = self.connection.execute(" UNION ".join(parts)).fetchall() if listed else []
        return self._with_any(kind, ["record_id"], sorted(record_id for (record_id,) in rows))

    def _acting(self, kind: str, whose: Sequence[str]) -> str:
        """Select the life records on what was read and on ``whose``, in every version, where there is much of it."""
        source, listed = self._sources[kind], _listed(whose)
        acting = f"{LIFE_TARGET} IN (SELECT record_id FROM near_ids)"
        where = f"{acting} OR subject IN ({listed})" if listed else acting
        return f"SELECT * FROM {source} WHERE record_id IN (SELECT record_id FROM {source} WHERE {where})"

    def _source(self, kind: str, pending: pa.Table | None, batches: list[Path]) -> str:
        """Return SQL that the rows of a type can be selected from, as they are now."""
        parts = [self._stored(kind, batches)] if batches else []
        if pending is not None or not batches:
            rows = self.pool.schema(kind).empty_table() if pending is None else pending
            lay(self.connection, f"waiting_{kind}", rows)
            parts.append(f"SELECT * FROM {identifier(f'waiting_{kind}')}")
        return f"({' UNION ALL '.join(parts)})"

    def _stored(self, kind: str, batches: list[Path]) -> str:
        """Return SQL of the stored rows of a type: of its database if there is one, else of the batches."""
        if self._batches.get(kind) != batches:
            if kind in self._attached:
                self.connection.execute(f"DETACH {self._attached.pop(kind)}")
            self._batches[kind] = batches
        if kind not in self._attached:
            path = lookup_of(self.pool, kind, batches)
            if path is None or not self._attach(kind, path):
                return rows_of(self.rules, kind, batches)
        return f"SELECT * FROM {self._attached[kind]}.{TABLE}"

    def _attach(self, kind: str, path: Path) -> bool:
        """Attach the database of a type; tell whether it was still there."""
        name = identifier(path.stem)
        try:
            self.connection.execute(f"ATTACH IF NOT EXISTS {quote(str(path))} AS {name} (READ_ONLY)")
        except duckdb.IOException:
            return False  # batches came and it was deleted since it was looked for
        self._attached[kind] = name
        return True


def _listed(names: Iterable[str]) -> str:
    return ", ".join(quote(name) for name in names)


def _mark(found: Found) -> Hashable:
    """Return what is another whenever the pool holds other rows of these types."""
    told = [
        (kind, tuple(batches), None if pending is None else tuple(pending["version"].to_pylist()))
        for kind, (pending, batches) in found.items()
    ]
    return tuple(told)
