"""Who gets a place within an alert budget: the best first, with a share of the places kept for each lane of the book.

A lane is a few signals whose worth a chance of an event does not tell: a pattern, a change that only begins. Its places
are a floor, not an addition: members that would have had a place anyhow fill them first, and what a lane leaves empty
goes to the others.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from credit_risk.book.settings import Lane

__all__ = ["lanes_of", "placed"]


def lanes_of(lanes: Mapping[str, Lane], codes: Collection[str]) -> frozenset[str]:
    """Return the lanes in which a warning with the signals ``codes`` stands."""
    return frozenset(name for name, lane in lanes.items() if not set(lane.signals).isdisjoint(codes))


def placed(
    ordered: Sequence[str],
    standing_in: Mapping[str, Collection[str]],
    room: int,
    floors: Mapping[str, int],
    kept: Collection[str] = frozenset(),
    stay: float = 1.0,
) -> set[str]:
    """Return who of ``ordered`` (best first) gets one of ``room`` places.

    Parameters
    ----------
    standing_in
        The lanes of each; who is not named stands in none.
    floors
        Places kept for each lane, served in this order while there is room.
    kept
        Who has a place already; they keep it while among the first ``stay`` times the places, of their lane or of all.

    """
    chosen: set[str] = set()
    for lane, floor in floors.items():
        own = [one for one in ordered if lane in standing_in.get(one, ())]
        staying = set(own[: int(floor * stay)]) & set(kept)
        lacking = floor - len(chosen.intersection(own))
        chosen |= _first(own, staying, chosen, max(0, min(lacking, room - len(chosen))))
    staying = set(ordered[: int(room * stay)]) & set(kept)
    return chosen | _first(ordered, staying, chosen, room - len(chosen))


def _first(ordered: Sequence[str], staying: set[str], taken: set[str], room: int) -> set[str]:
    """Return those that stay, then the best of the others, of whom ``taken`` has not."""
    left = [one for one in ordered if one not in taken]
    return set(sorted(left, key=lambda one: one not in staying)[:room])
