"""Who the enterprises of a snapshot are: name, industry, zone, size as known at its t; found by code or name."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from credit_risk.book import Rules
from credit_risk.records import Records
from credit_risk.records.clock import Moment

__all__ = ["FOUND", "Directory", "Entry"]

FOUND = 20  # at most so many are listed


@dataclass(frozen=True, slots=True)
class Entry:
    """One enterprise as shown in a list; ``labels`` are codes of the peer-group fields."""

    subject: str
    name: str
    labels: dict[str, str]


class Directory:
    """The enterprises known at one t."""

    def __init__(self, rules: Rules, records: Records, t: Moment) -> None:
        self.rules = rules
        group = rules.settings.peer_group
        self.fields = list(group.by) if group else []
        self.table = pd.DataFrame(columns=["name", *self.fields])
        if group is None:
            return
        has_name = "name" in rules.records[group.record].fields
        wanted = [*(["name"] if has_name else []), *self.fields]
        rows = records.as_of(group.record, t)
        order = ["subject", "event_date", "received_at", "record_id"]
        latest = rows.select(*order, *wanted).order_by(order).to_pandas()
        latest = latest.drop_duplicates("subject", keep="last").set_index("subject")[wanted]
        self.table = latest.assign(name=latest["name"] if has_name else None)

    def entry(self, subject: str) -> Entry:
        """Return an enterprise; one that is not registered has its code for a name."""
        if subject not in self.table.index:
            return Entry(subject, subject, {})
        row = self.table.loc[subject]
        labels = {f: str(row[f]) for f in self.fields if isinstance(row[f], str)}
        return Entry(subject, row["name"] if isinstance(row["name"], str) else subject, labels)

    def names_of(self, subjects: pd.Series) -> pd.Series:
        """Return the name of each subject, null where none is known."""
        return self.table["name"].reindex(subjects).set_axis(subjects.index)

    def labels_of(self, subjects: pd.Series) -> pd.DataFrame:
        """Return the label codes of each subject, one column a label."""
        return self.table[self.fields].reindex(subjects).set_axis(subjects.index)

    def find(self, text: str, most: int = FOUND) -> list[Entry]:
        """Return enterprises whose code begins with ``text`` or whose name contains it, exact codes first."""
        asked = text.strip()
        if not asked:
            return []
        by_code = self.table.index[self.table.index.str.startswith(asked.upper())]
        by_name = self.table.index[self.table["name"].str.contains(asked, regex=False, na=False)]
        return [self.entry(str(s)) for s in dict.fromkeys([*by_code[:most], *by_name[:most]])][:most]
