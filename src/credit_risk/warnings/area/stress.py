"""Shocks played through: an industry, an area or a key node is hit, and what that would do along relations.

The odds of those hit are multiplied by the scenario's factor; the odds of those whom it reaches by a path of strength s
by 1 + (factor - 1) x s. Nobody else moves. The same snapshot, network and scenario give the same answer.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from credit_risk.book.warning_rules import Scenario
from credit_risk.errors import InputError, nearest
from credit_risk.graph.network import Network
from credit_risk.warnings.area.contagion import Contagion, contagion

__all__ = ["Stress", "hit_by", "stress"]


@dataclass(frozen=True)
class Stress:
    """What a scenario does.

    ``table`` has ``subject``, ``pd``, ``pd_after``, ``role`` (``hit``, ``reached``) and ``strength`` of all that move,
    the greatest rise first; ``hit`` and ``reached`` count them; expected events are sums of PDs over everybody.
    ``spread`` tells the path for one of those reached.
    """

    scenario: Scenario
    table: pd.DataFrame
    hit: int
    reached: int
    expected_before: float
    expected_after: float
    spread: Contagion


def hit_by(scenario: Scenario, people: pd.DataFrame) -> list[str]:
    """Return who is hit first among ``people`` (``subject``, ``industry``, ``zone``); raises InputError for nobody."""
    named = {"industry": scenario.industry, "zone": scenario.region, "subject": scenario.node}
    asked = [(column, value) for column, value in named.items() if value is not None]
    if len(asked) != 1:
        raise InputError(f"scenario {scenario.scenario}: expected exactly one of industry, region, node")
    column, value = asked[0]
    found = people.loc[people[column].astype("string") == value, "subject"]
    if found.empty:
        known = people[column].dropna().astype(str).unique().tolist()
        raise InputError(
            f"scenario {scenario.scenario}: no enterprise with {column} {value!r}", hint=nearest(value, known)
        )
    return sorted(found)


def stress(scenario: Scenario, people: pd.DataFrame, network: Network) -> Stress:
    """Play a scenario through.

    Parameters
    ----------
    people
        ``subject``, ``pd`` (null where not scorable: such a one is hit or passed through, but has no PD to move),
        ``industry`` and ``zone``.
    network
        The relations known at the same t.

    """
    hit = hit_by(scenario, people)
    spread = contagion(network, hit, fade=scenario.fade, hops=scenario.hops)
    table = people[["subject", "pd"]].merge(spread.table()[["subject", "strength"]], on="subject", how="left")
    table["role"] = np.where(table["subject"].isin(hit), "hit", "reached")
    table.loc[table["role"] == "hit", "strength"] = 1.0
    moved = table[table["strength"].notna() & table["pd"].notna()].copy()
    pds = moved["pd"].to_numpy(float)
    odds = (
        pds
        / (1 - np.clip(pds, 0, 1 - 1e-9))
        * (1 + (scenario.pd_factor - 1) * moved["strength"].to_numpy(float))
    )
    moved["pd_after"] = odds / (1 + odds)
    moved["rise"] = moved["pd_after"] - moved["pd"]
    moved = moved.sort_values(["rise", "subject"], ascending=[False, True], ignore_index=True)
    before = float(people["pd"].sum())
    counts = moved["role"].value_counts()
    return Stress(
        scenario, moved[["subject", "pd", "pd_after", "role", "strength"]], int(counts.get("hit", 0)),
        int(counts.get("reached", 0)), before, before + float(moved["rise"].sum()), spread,
    )  # fmt: skip
