"""Who the enterprises of a snapshot are: name, industry, zone, size as known at its t; found by code or name."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import pandas as pd

from credit_risk.book import Rules
from credit_risk.records import Records
from credit_risk.records.clock import Moment

__all__ = ["FOUND", "Directory", "Entry"]

FOUND = 20  # at most so many are listed
LAST = "\uffff"


@dataclass(frozen=True, slots=True)
class Entry:
    """One enterprise as shown in a list; ``labels`` are codes of the peer-group fields."""

    subject: str
    name: str
    labels: dict[str, str]


class Directory:
    """The enterprises known at one t, by code; the ``foremost`` are found before others."""

    def __init__(self, rules: Rules, records: Records, t: Moment, foremost: Collection[str] = ()) -> None:
        self.rules = rules
        group = rules.settings.peer_group
        self.fields = list(group.by) if group else []
        self.table = pd.DataFrame(columns=["name", *self.fields], index=pd.Index([], dtype=str))
        self.foremost = np.zeros(0, bool)
        if group is None:
            return
        has_name = "name" in rules.records[group.record].fields
        wanted = [*(["name"] if has_name else []), *self.fields]
        rows = records.as_of(group.record, t)
        order = ["subject", "event_date", "received_at", "record_id"]
        latest = rows.select(*order, *wanted).order_by(order).to_pandas()
        latest = latest.drop_duplicates("subject", keep="last").set_index("subject")[wanted]
        self.table = latest.assign(name=latest["name"] if has_name else None)
        self.foremost = np.asarray(self.table.index.isin(foremost))

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
        """Return enterprises whose code begins with ``text`` or whose name contains it, the foremost first."""
        asked = text.strip()
        if not asked:
            return []
        met = self.table["name"].str.contains(asked, regex=False, na=False).to_numpy(bool, copy=True)
        begins = self.table.index.searchsorted(asked.upper())
        met[begins : self.table.index.searchsorted(asked.upper() + LAST)] = True
        places = [*np.flatnonzero(met & self.foremost)[:most], *np.flatnonzero(met & ~self.foremost)[:most]]
        return [self.entry(str(self.table.index[place])) for place in places[:most]]
