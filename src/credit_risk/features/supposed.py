"""Networks as they would be with records supposed beside those that were read for a few enterprises."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa

from credit_risk.features.live import LiveNetworks
from credit_risk.features.matrix import Matrix
from credit_risk.features.networks import network_tables, network_types
from credit_risk.records import View
from credit_risk.records.envelope import LIFE_TARGET
from credit_risk.records.held import Held

__all__ = ["Supposing"]


@dataclass(frozen=True)
class Supposing:
    """Tells of networks where ``seen`` supposes records of enterprises whose records were read into ``own``.

    What is supposed of an enterprise changes what it starts from, and a pattern that reads such facts. All else is
    what the pool says. Supposed relations, or records of somebody whose own were not read, are asked of the whole pool.
    """

    live: LiveNetworks
    own: Matrix
    seen: Matrix

    def __call__(self, names: Sequence[str], subjects: Sequence[str]) -> dict[str, pa.Table]:
        """Return of each network the fields of those of ``subjects`` that have a relation, if this were so."""
        held, view = self.own.records.pool, self.seen.records.pool
        assert isinstance(held, Held) and isinstance(view, View)
        rules = self.own.catalogue.rules
        touched, whose = _touched(held, view), _owners(view)
        if not touched <= set(rules.records) or not whose <= held.whose or view.only is not None:
            return self._whole(names, view)
        patterns = [name for name in names if rules.networks[name].kind == "pattern"]
        lives = {name for name, rule in rules.records.items() if rule.life}
        read = {n: set(network_types(self.own, rules.networks[n])) - lives for n in patterns}
        changed = [name for name in patterns if touched & read[name]]
        kept = [name for name in patterns if name not in changed]
        started = [name for name in names if name not in patterns]
        return (
            self.live.tables(kept, subjects, self.own)
            | self._whole(changed, view)
            | self.live.supposed(started, subjects, self.own, self.seen, sorted(whose))
        )

    def over(self, seen: Matrix) -> Supposing:
        """Return the same with what ``seen`` supposes instead."""
        return Supposing(self.live, self.own, seen)

    def _whole(self, names: Sequence[str], view: View) -> dict[str, pa.Table]:
        """Return the whole tables, worked out over the whole pool seen in the same way."""
        if not names:
            return {}
        pool = self.live.matrix.records.pool
        return network_tables(self.live.matrix.over(View(pool, view.added, view.only)), names, self.live.t)


def _owners(view: View) -> set[str]:
    """Return of whom something is supposed."""
    tables = [table for table in view.added.values() if "subject" in table.column_names]
    return {str(one) for table in tables for one in table["subject"].to_pylist()}


def _touched(held: Held, view: View) -> set[str]:
    """Return the types of which some row is supposed, or ended by one; the life types themselves are left out."""
    rules, ended = held.rules, set[str]()
    for table in view.added.values():
        if LIFE_TARGET in table.column_names:
            ended |= {str(one) for one in table[LIFE_TARGET].to_pylist()}
    lives = {name for name, rule in rules.records.items() if rule.life}
    touched = set(view.added) - lives
    with held.cursor() as connection:
        for kind in [*rules.records, *rules.relations]:
            if ended and kind not in lives | touched and held.has(connection, kind, ended):
                touched.add(kind)
    return touched
