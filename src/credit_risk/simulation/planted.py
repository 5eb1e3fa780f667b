"""Tell what was planted as columns: members, honest look-alikes, structures, and the edges that tie them together."""

from __future__ import annotations

from itertools import combinations

import numpy as np

from credit_risk.simulation.calendar import Bools, Days, Ints
from credit_risk.simulation.draws import SUBJECT, Columns, Scene, Sheet
from credit_risk.simulation.rings import Trades, carousel_trades, honest_ring_trades
from credit_risk.simulation.schemes import DOUBLE_PLEDGE, HONEST, OLD_HAND, SCHEMES, SHELL
from credit_risk.simulation.ties import NEVER, Tie, incubators

__all__ = ["look_alikes", "scheme_edges", "schemes", "structures"]

KIND_NAMES = np.array(SCHEMES + HONEST)
PENALTIES = "行政处罚.csv"
SAME = ("same_address", "same_phone", "same_agent", "legal_rep", "executive")


def schemes(scene: Scene) -> Columns:
    """Return the members of schemes with first and last day."""
    planted, world = scene.world.schemes, scene.world
    rows = np.flatnonzero(planted.kind < len(SCHEMES))
    before = planted.before[rows]
    return {
        "uscc": world.uscc[planted.enterprise[rows]],
        "scheme": KIND_NAMES[planted.kind[rows]],
        "group": planted.group[rows],
        **_span(scene, planted.start[rows], planted.end[rows]),
        "struck": planted.struck[rows] & (planted.end[rows] < scene.calendar.months),
        "before": np.where(before >= 0, world.uscc[before], "").astype(object),
    }


def look_alikes(scene: Scene, sheets: list[Sheet]) -> Columns:
    """Return the honest ones: by nature, address, age, a trifle, and those planned as look-alikes."""
    world, calendar, planted = scene.world, scene.calendar, scene.world.schemes
    in_scheme = np.isin(np.arange(world.count), planted.enterprise)
    young = world.inside & ~in_scheme & (world.founded >= calendar.starts[0])
    address = scene.ties["same_address"]
    crowded = address.src[np.isin(address.dst, incubators(world.count))]
    parts = [
        _always(scene, np.flatnonzero(world.seasonal & ~in_scheme), "seasonal"),
        _always(scene, np.flatnonzero(world.discloser & ~in_scheme), "discloser"),
        _always(scene, crowded[~in_scheme[crowded]], "incubated"),
        _always(scene, np.flatnonzero(young), "newcomer"),
        _trifles(sheets, calendar.last_day),
    ]
    rows = np.flatnonzero(planted.kind >= len(SCHEMES))
    parts.append({
        "uscc": world.uscc[planted.enterprise[rows]],
        "kind": KIND_NAMES[planted.kind[rows]],
        "group": planted.group[rows],
        **_span(scene, planted.start[rows], planted.end[rows]),
    })  # fmt: skip
    return _stacked(parts)


def structures(scene: Scene) -> Columns:
    """Return members of groups and guarantee circles, and brokers and warehouses with whom they served."""
    world = scene.world
    parts = [
        _members(scene, world.family, "group"),
        _members(scene, world.circle, "guarantee_circle"),
        *_served(scene, "declares_for", "broker", world.broker, "careless_broker", world.careless),
        *_served(scene, "stores_at", "warehouse", np.ones(world.count, dtype=bool), "leaky_warehouse", world.leaky),
    ]  # fmt: skip
    return _stacked(parts)


def scheme_edges(scene: Scene, seed: int) -> Columns:
    """Return every edge between members: shared people and places, guarantees, pledges, old hands, trades of rings."""
    world, ties, planted = scene.world, scene.ties, scene.world.schemes
    group = np.full(world.count, -1)
    shells, hands, double = (planted.of(kind) for kind in (SHELL, OLD_HAND, DOUBLE_PLEDGE))
    group[planted.enterprise[shells]] = planted.group[shells]
    parts = [_shared(scene, ties[kind], kind, group) for kind in SAME]
    circle, guaranteed = world.circle, ties["guarantees"]
    mutual = (circle[guaranteed.src] >= 0) & (circle[guaranteed.src] == circle[guaranteed.dst])
    parts.append(_edges(scene, guaranteed, mutual, "guarantee_circle", "guarantees", circle[guaranteed.src]))
    lone = np.full(world.count, -1)
    lone[planted.enterprise[double]] = planted.group[double]
    pledged = ties["pledges"]
    parts.append(
        _edges(scene, pledged, lone[pledged.src] >= 0, "double_pledge", "pledges", lone[pledged.src])
    )
    parts.append({
        "scheme": np.full(len(hands), "old_hand"), "group": planted.group[hands],
        "relation": np.full(len(hands), "follows"),
        "src": world.uscc[planted.before[hands]], "dst": world.uscc[planted.enterprise[hands]],
        "first_day": world.founded[planted.enterprise[hands]], "last_day": np.full(len(hands), NEVER),
    })  # fmt: skip
    parts.append(_trades(scene, carousel_trades(scene, seed), "carousel"))
    parts.append(_trades(scene, honest_ring_trades(scene, seed), "honest_ring"))
    return _stacked(parts)


def _span(scene: Scene, start: Ints, end: Ints) -> Columns:
    last = scene.calendar.months - 1
    return {
        "first_day": scene.calendar.starts[np.minimum(start, last)],
        "last_day": scene.calendar.ends[np.minimum(end, last)],
    }


def _always(scene: Scene, who: Ints, kind: str) -> Columns:
    first = np.maximum(scene.world.founded[who], scene.calendar.starts[0])
    return {
        "uscc": scene.world.uscc[who], "kind": np.full(len(who), kind), "group": np.full(len(who), -1),
        "first_day": first, "last_day": np.full(len(who), scene.calendar.last_day),
    }  # fmt: skip


def _trifles(sheets: list[Sheet], last_day: np.datetime64) -> Columns:
    """Return the penalties by simple procedure: a trifle that honest enterprises get too."""
    penalties = next(sheet for sheet in sheets if sheet.file == PENALTIES).columns
    rows = np.flatnonzero(penalties["简易程序"] == "是")
    day = penalties["处罚决定日期"][rows]
    return {
        "uscc": penalties[SUBJECT][rows], "kind": np.full(len(rows), "simple_penalty"),
        "group": np.full(len(rows), -1), "first_day": day, "last_day": np.minimum(day, last_day),
    }  # fmt: skip


def _members(scene: Scene, group: Ints, structure: str) -> Columns:
    who = np.flatnonzero(group >= 0)
    first = np.maximum(scene.world.founded[who], scene.calendar.starts[0])
    return {
        "uscc": scene.world.uscc[who], "structure": np.full(len(who), structure), "group": group[who],
        "role": np.full(len(who), "member"), "first_day": first, "last_day": np.full(len(who), NEVER),
    }  # fmt: skip


def _served(scene: Scene, kind: str, name: str, who: Bools, bad_name: str, bad: Bools) -> list[Columns]:
    """Return the clients of each broker or warehouse, and the server itself; ``group`` is its number."""
    tie, world = scene.ties[kind], scene.world
    rows = np.flatnonzero(who[tie.src])
    label = np.where(bad[tie.src[rows]], bad_name, name)
    servers = np.unique(tie.src[rows])
    clients: Columns = {
        "uscc": world.uscc[tie.dst[rows]], "structure": label, "group": tie.src[rows],
        "role": np.full(len(rows), "client"), "first_day": tie.valid_from[rows], "last_day": tie.valid_to[rows],
    }  # fmt: skip
    own: Columns = {
        "uscc": world.uscc[servers], "structure": np.where(bad[servers], bad_name, name), "group": servers,
        "role": np.full(len(servers), name), "first_day": world.founded[servers],
        "last_day": np.full(len(servers), NEVER),
    }  # fmt: skip
    return [clients, own]


def _shared(scene: Scene, tie: Tie, kind: str, group: Ints) -> Columns:
    """Return the pairs of shells of one cluster that share a person, place, telephone or agent."""
    member, club = (tie.dst, tie.src) if kind in ("legal_rep", "executive") else (tie.src, tie.dst)
    rows = np.flatnonzero(group[member] >= 0)
    clubs: dict[tuple[int, int], list[int]] = {}
    for row in rows:
        clubs.setdefault((int(group[member[row]]), int(club[row])), []).append(int(row))
    pairs = np.array([p for found in clubs.values() for p in combinations(found, 2)], dtype=np.int64).reshape(
        -1, 2
    )
    a, b = pairs[:, 0], pairs[:, 1]
    end = np.fmin(tie.valid_to[a], tie.valid_to[b])
    return {
        "scheme": np.full(len(a), "shell_cluster"), "group": group[member[a]], "relation": np.full(len(a), kind),
        "src": scene.world.uscc[member[a]], "dst": scene.world.uscc[member[b]],
        "first_day": np.maximum(tie.valid_from[a], tie.valid_from[b]), "last_day": end,
    }  # fmt: skip


def _edges(scene: Scene, tie: Tie, where: Bools, scheme: str, relation: str, group: Ints) -> Columns:
    rows = np.flatnonzero(where)
    return {
        "scheme": np.full(len(rows), scheme), "group": group[rows], "relation": np.full(len(rows), relation),
        "src": scene.world.uscc[tie.src[rows]], "dst": scene.world.uscc[tie.dst[rows]],
        "first_day": tie.valid_from[rows], "last_day": tie.valid_to[rows],
    }  # fmt: skip


def _trades(scene: Scene, trades: Trades, scheme: str) -> Columns:
    size = len(trades.seller)
    day: Days = trades.day
    return {
        "scheme": np.full(size, scheme), "group": trades.group, "relation": np.full(size, "transfers_bonded"),
        "src": scene.world.uscc[trades.seller], "dst": scene.world.uscc[trades.buyer],
        "first_day": day, "last_day": day,
    }  # fmt: skip


def _stacked(parts: list[Columns]) -> Columns:
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
