"""How known bad events press on those who are tied to them: damped diffusion along relations, in whole millionths.

    arrives(i, 1)   = sum over neighbours j of  w(j, i) * seed(j)
    arrives(i, k+1) = sum over neighbours j of  w(j, i) * damping * (arrives(j, k) without what came from i itself)
    pressure(i)     = sum over k of arrives(i, k)

It is a personalised PageRank without the walks that turn straight back: an enterprise's own facts are known already
and must not return as if they were a neighbour's. A weight is the channel's share, times the relation's weight where
the book says so, divided by the root of how many more neighbours a node has than the relation's ``hub_limit`` allows;
who shares a mediator with n - 1 others gives each one part in the root of n - 1. Nothing passes through a stopped node.
What arrives through persons is context, not guilt: its sum counts at most ``personal_cap``, at each step and at the
end.

Every product is rounded down to a millionth and every sum is one of whole numbers. So neither the order of rows nor
the number of threads moves a bit, and a node's value over the whole graph is its value over all relations within
``steps`` relations of it.

Source: Page et al. (1999); Alon et al. (2007), Non-backtracking random walks mix faster.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from credit_risk.book.networks import Channel, NetworkRule
from credit_risk.book.schema import RelationType
from credit_risk.graph.ties import MILLION, Ints, Ties, club_pairs

__all__ = ["Pairs", "diffuse", "pairs_of"]

LIMIT = 1000 * MILLION


@dataclass(frozen=True)
class Pairs:
    """Directed pairs sorted by (receiver, sender), each with the place of its reverse.

    ``other`` and ``personal`` are what passes from sender to receiver, in millionths, at most one million each.
    """

    sender: Ints
    receiver: Ints
    reverse: Ints
    other: Ints
    personal: Ints
    size: int
    starts: Ints

    def near(self, nodes: Ints, steps: int) -> tuple[Pairs, Ints]:
        """Return the pairs that decide what arrives at ``nodes`` within ``steps``, and the numbers of their nodes.

        The nodes are numbered anew, in order. What arrives at others of them is not what it is in the whole graph.
        """
        ball = np.unique(nodes)
        for _ in range(steps - 1):
            ball = np.union1d(ball, self.sender[self._into(ball)])
        rows = self._into(ball)
        kept = np.union1d(ball, self.sender[rows])
        place = np.searchsorted(rows, self.reverse[rows])
        place = np.minimum(place, max(len(rows) - 1, 0))
        back = rows[place] == self.reverse[rows]  # of a sender at the rim the way back is not needed
        receiver = np.searchsorted(kept, self.receiver[rows])
        return Pairs(
            sender=np.searchsorted(kept, self.sender[rows]), receiver=receiver,
            reverse=np.where(back, place, np.arange(len(rows))), other=self.other[rows],
            personal=self.personal[rows], size=len(kept), starts=np.flatnonzero(np.diff(receiver, prepend=-1)),
        ), kept  # fmt: skip

    def _into(self, nodes: Ints) -> Ints:
        """Return the rows of the pairs whose receivers are ``nodes`` (sorted, each once), in order."""
        first = np.searchsorted(self.receiver, nodes)
        counts = np.searchsorted(self.receiver, nodes, side="right") - first
        return np.repeat(first - np.cumsum(counts) + counts, counts) + np.arange(counts.sum())

    def arrived(self, messages: Ints) -> Ints:
        """Return what every node receives: exact sums over its pairs."""
        total = np.zeros(self.size, np.int64)
        if len(messages):
            at = self.receiver[self.starts]
            total[at] = np.add.reduceat(messages, self.starts)
        return total


def pairs_of(ties: Ties, channels: list[Channel], rules: Mapping[str, RelationType]) -> Pairs:
    """Merge the channels' relations into pairs; parallel ones add up to at most one."""
    parts = [
        _channel(ties, channel, rules[channel.relation])
        for channel in channels
        if channel.relation in ties.edges
    ]
    sender, receiver, weight, personal = (
        np.concatenate([part[i] for part in parts]) if parts else np.zeros(0, np.int64) for i in range(4)
    )  # fmt: skip
    size = max(ties.size, 1)
    key = np.concatenate([receiver * size + sender, sender * size + receiver])
    other_weight = np.concatenate([np.where(personal == 0, weight, 0), np.zeros(len(weight), np.int64)])
    personal_weight = np.concatenate([np.where(personal == 1, weight, 0), np.zeros(len(weight), np.int64)])
    order = np.argsort(key)
    key = key[order]
    first = np.flatnonzero(np.diff(key, prepend=-1)) if len(key) else np.zeros(0, np.int64)
    merged = key[first]
    into, outof = merged // size, merged % size
    start = np.flatnonzero(np.diff(into, prepend=-1)) if len(into) else np.zeros(0, np.int64)
    return Pairs(
        sender=outof,
        receiver=into,
        reverse=_reverse(outof * size + into),
        other=_summed(other_weight[order], first),
        personal=_summed(personal_weight[order], first),
        size=ties.size,
        starts=start,
    )


def diffuse(pairs: Pairs, seeds: Ints, rule: NetworkRule, stopped: np.ndarray | None = None) -> pd.DataFrame:
    """Return the fields of a diffusion for every node, in units (not millionths).

    Parameters
    ----------
    pairs
        See ``pairs_of``.
    seeds
        Millionths by node, capped at ``rule.seed_cap``.
    rule
        Steps, damping and caps.
    stopped
        Nodes that pass nothing on.

    Returns
    -------
    DataFrame
        ``pressure``; ``direct`` (first step) and ``indirect`` (later ones) before the personal part is capped together;
        ``personal``, the part through persons that counts; ``nearest``, the steps to the nearest seeded node other than
        itself, null beyond ``rule.steps``.

    """
    cap, damping = round(rule.personal_cap * MILLION), round(rule.damping * MILLION)
    source = np.clip(seeds, 0, round(rule.seed_cap * MILLION))[pairs.sender]
    open_ = np.ones(len(source), bool) if stopped is None else ~stopped[pairs.sender]
    steps_other, steps_personal = [], []
    for _ in range(rule.steps):
        other, personal = pairs.other * source // MILLION, pairs.personal * source // MILLION
        here_other, here_personal = pairs.arrived(other), pairs.arrived(personal)
        steps_other.append(here_other)
        steps_personal.append(here_personal)
        onward_other = here_other[pairs.sender] - other[pairs.reverse]
        onward_personal = np.minimum(here_personal[pairs.sender] - personal[pairs.reverse], cap)
        source = np.minimum(onward_other + onward_personal, LIMIT) * damping // MILLION * open_
    personal_all = np.minimum(np.sum(steps_personal, axis=0), cap)
    direct = steps_other[0] + np.minimum(steps_personal[0], cap)
    pressure = np.sum(steps_other, axis=0) + personal_all
    return pd.DataFrame({
        "pressure": pressure / MILLION,
        "direct": direct / MILLION,
        "indirect": (pressure - direct) / MILLION,
        "personal": personal_all / MILLION,
        "nearest": _nearest(pairs, seeds > 0, rule.steps, open_),
    })  # fmt: skip


def _channel(ties: Ties, channel: Channel, rule: RelationType) -> tuple[Ints, Ints, Ints, Ints]:
    """Return sender, receiver, weight and whether through a person, of one channel."""
    src, dst, weight = ties.edges[channel.relation]
    forth, back = round(channel.forth * MILLION), round(channel.back * MILLION)
    if rule.src != "enterprise" or rule.dst != "enterprise":
        club, member = (src, dst) if rule.dst == "enterprise" else (dst, src)
        keep = ~ties.stopped[club]
        left, right, size = club_pairs(club[keep], member[keep], rule.hub_limit)
        share = (forth / np.sqrt(np.maximum(size - 1, 1))).astype(np.int64)
        through = np.full(len(left), int("person" in (rule.src, rule.dst)))
        return left, right, share, through
    passed = np.minimum(weight, MILLION) if channel.weighted else np.full(len(src), MILLION)
    sides = [(src, dst, forth), (dst, src, back)]
    parts = [(a, b, passed * share // MILLION) for a, b, share in sides if share]
    sender, receiver, value = (
        np.concatenate([p[i] for p in parts]) if parts else np.zeros(0, np.int64) for i in range(3)
    )
    value = value * _hub_share(sender, rule.hub_limit, ties.size)[sender] // MILLION if len(sender) else value
    return sender, receiver, value, np.zeros(len(sender), np.int64)


def _hub_share(sender: Ints, limit: int, size: int) -> Ints:
    """Return for every node what part of its weight each neighbour gets: all up to ``limit``, then by the root."""
    degree = np.maximum(np.bincount(sender, minlength=size), 1)
    return (MILLION * np.minimum(1.0, np.sqrt(limit / degree))).astype(np.int64)


def _reverse(turned: Ints) -> Ints:
    """Return the place of each turned key among the keys, which are the same ones in order."""
    reverse = np.empty(len(turned), np.int64)
    reverse[np.argsort(turned)] = np.arange(len(turned))
    return reverse


def _summed(weight: Ints, first: Ints) -> Ints:
    if not len(first):
        return np.zeros(0, np.int64)
    return np.minimum(np.add.reduceat(weight, first), MILLION)


def _nearest(pairs: Pairs, seeded: np.ndarray, steps: int, open_: np.ndarray) -> np.ndarray:
    """Return the least number of steps from which anything arrives, without turning straight back."""
    nearest = np.full(pairs.size, np.nan)
    flows = (pairs.other + pairs.personal) > 0
    live = seeded[pairs.sender] & flows
    for step in range(1, steps + 1):
        into = pairs.arrived(live.astype(np.int64))
        nearest[(into > 0) & np.isnan(nearest)] = step
        live = flows & open_ & (into[pairs.sender] - live[pairs.reverse] > 0)
    return nearest
