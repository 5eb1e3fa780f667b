"""The names that enterprises bore, as known at t."""

from __future__ import annotations

from collections.abc import Sequence

from credit_risk.book import Rules
from credit_risk.records import Records
from credit_risk.records.clock import Moment, moment

__all__ = ["names_of"]


def names_of(rules: Rules, records: Records, subjects: Sequence[str], t: Moment) -> dict[str, list[str]]:
    """Return for each enterprise whose name is known at t its names in the order in which it took them, the last now.

    Read from every version of the register and from the cross-walk of codes and names; an enterprise that was struck
    off bears its code as its last name.
    """
    told: list[tuple[str, object, str]] = []
    group, identity = rules.settings.peer_group, rules.settings.identity
    if (
        group is not None
        and "name" in rules.records[group.record].fields
        and records.pool.holds(group.record)
    ):
        rows = records.pool.scan(group.record)
        rows = rows.filter(
            rows.subject.isin(list(subjects)), rows.received_at <= moment(t), rows.name.notnull()
        )
        kept = rows.select("subject", "received_at", "name").to_pyarrow().to_pylist()
        told += [(row["subject"], row["received_at"], row["name"]) for row in kept]
    names: dict[str, list[str]] = {}
    if identity is not None and identity.codes and records.pool.holds(identity.codes):
        rows = records.known(identity.codes, t)
        rows = rows.filter(rows.subject.isin(list(subjects)), rows.scheme == "name").order_by("event_date")
        for row in rows.select("subject", "value").to_pyarrow().to_pylist():
            names.setdefault(row["subject"], []).append(row["value"])
    for subject, _, name in sorted(told, key=lambda one: (one[0], str(one[1]))):
        earlier = names.setdefault(subject, [])
        if name in earlier:
            earlier.remove(name)
        earlier.append(name)
    return names
