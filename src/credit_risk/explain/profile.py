"""画像: an enterprise against its peers by dimension of the indicator tree, with tags, strengths too.

Everything is read from a snapshot, so a profile never says what the score does not. A dimension's level is the share of
the peer group (industry x size x zone, as the book says) whose points in that dimension are fewer, ties counted half: 1
is the best, one half the middle. Data depth is no dimension of conduct and is left out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from credit_risk.book.schema import Text
from credit_risk.errors import InputError
from credit_risk.features import Catalogue

__all__ = ["Dimension", "Profile", "Tag", "profile_of"]

APART = "data_depth"
RARE, MOST = 0.1, 6


@dataclass(frozen=True, slots=True)
class Dimension:
    """A first-level node of the tree: points of the enterprise, and the share of its peers that do worse."""

    path: str
    title: Text
    points: float
    better_than: float


@dataclass(frozen=True, slots=True)
class Tag:
    """An indicator by which the enterprise stands out; ``peer`` is the share of peers with a lower value.

    ``strength`` tells whether it speaks for it. ``indicator`` is what evidence is asked for by.
    """

    indicator: str
    title: Text
    tree: str
    strength: bool
    value: float
    peer: float
    points: float


@dataclass(frozen=True, slots=True)
class Profile:
    """What the console draws and a report prints; ``peers`` is the size of the group compared with."""

    subject: str
    peer_group: str
    peers: int
    dimensions: list[Dimension]
    tags: list[Tag]

    @property
    def strengths(self) -> list[Tag]:
        """Tags that speak for the enterprise."""
        return [tag for tag in self.tags if tag.strength]


def profile_of(
    catalogue: Catalogue,
    subject: str,
    scores: pd.DataFrame,
    contributions: pd.DataFrame,
    indicators: pd.DataFrame,
) -> Profile:
    """Return the profile of a scorable enterprise.

    Parameters
    ----------
    catalogue
        Of the book the snapshot was made with.
    scores, contributions, indicators
        Tables of one snapshot (``Snapshot.table``).

    Raises
    ------
    InputError
        The snapshot has no score for the enterprise.

    """
    row = scores.loc[(scores["subject"] == subject) & scores["scorable"].astype(bool)]
    if row.empty:
        raise InputError(f"{subject}: expected an enterprise with a score in this snapshot")
    group = str(row["peer_group"].iloc[0])
    members = scores.loc[(scores["peer_group"] == group) & scores["scorable"].astype(bool), "subject"]
    points = contributions.set_index("subject").reindex(members)
    values = indicators.set_index("subject").reindex(members)
    own = [n for n in points.columns if n in catalogue.entries]
    return Profile(
        subject, group, len(members), _dimensions(catalogue, subject, points, own),
        _tags(catalogue, subject, points, values, own),
    )  # fmt: skip


def _dimensions(
    catalogue: Catalogue, subject: str, points: pd.DataFrame, names: list[str]
) -> list[Dimension]:
    found = []
    for path, node in catalogue.rules.tree.items():
        inside = [n for n in names if catalogue.entries[n].rule.tree.split("/")[0] == path]
        if path != APART and "/" not in path and inside:
            total = points[inside].sum(axis=1)
            mine = float(total[subject])
            found.append(Dimension(path, node.title, mine, _below(total, mine)))
    return found


def _tags(
    catalogue: Catalogue, subject: str, points: pd.DataFrame, values: pd.DataFrame, names: list[str]
) -> list[Tag]:
    """Return the indicators with a direction by which the enterprise is among the tenth of its group, by points."""
    found = []
    for name in names:
        rule = catalogue.entries[name].rule
        if (
            name not in values
            or rule.kind == "category"
            or rule.risk == "none"
            or rule.tree.startswith(APART)
        ):
            continue
        column = pd.to_numeric(values[name], errors="coerce")
        mine, weight = float(column[subject]), float(points.loc[subject, name])
        if np.isnan(mine) or not weight:
            continue
        peer = _below(column.dropna(), mine)
        good = peer >= 1 - RARE if rule.risk == "decreases" else peer <= RARE
        bad = peer >= 1 - RARE if rule.risk == "increases" else peer <= RARE
        if (good and weight > 0) or (bad and weight < 0):
            found.append(Tag(name, rule.title, rule.tree, weight > 0, mine, peer, weight))
    ordered = sorted(found, key=lambda tag: (-abs(tag.points), tag.indicator))
    strong = [tag for tag in ordered if tag.strength][:MOST]
    return [tag for tag in ordered if not tag.strength][:MOST] + strong


def _below(column: pd.Series, mine: float) -> float:
    """Return the share below ``mine``, ties counted half."""
    return float(((column < mine).sum() + (column == mine).sum() / 2) / max(len(column), 1))
