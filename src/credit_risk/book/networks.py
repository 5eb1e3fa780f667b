"""What a book may say about the whole graph: computations over all relations, patterns, nodes that relate nobody."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from credit_risk.book.schema import Entry, Name, Text

__all__ = ["NETWORK_FIELDS", "Channel", "Facts", "NetworkRule", "Pattern", "Stop"]

PATTERN_FIELDS = ("found", "score", "members")
NETWORK_FIELDS = {
    "diffusion": ("pressure", "direct", "indirect", "personal", "nearest"),
    "ownership": ("depth", "penetrated", "members", "group_seed", "controller_seed", "circular"),
    "cascade": ("called", "ratio", "chain", "reach"),
    "pattern": PATTERN_FIELDS,
}


class Stop(Entry):
    """A node that relates nobody to anybody: an incubator's address, a state holding group, an agent of thousands.

    A person reviewed it: ``by`` names the role, ``why`` the reason; in force from ``since`` until before ``until``.
    Its own relations stay facts; nothing passes through it, and what would mediate joins nobody.
    """

    stop: str = Field(min_length=1)
    title: Text
    why: str = Field(min_length=1)
    by: str = Field(min_length=1)
    since: date
    until: date | None = None


class Channel(Entry):
    """A relation along which a network computation goes, and the share that passes each way.

    ``forth`` goes from source to destination. With ``weighted`` the share is multiplied by the relation's weight, at
    most 1. For a mediated relation (through a person or group) only ``forth`` counts and goes both ways.
    """

    relation: Name
    forth: float = Field(default=0, ge=0, le=1)
    back: float = Field(default=0, ge=0, le=1)
    weighted: bool = False


class NetworkRule(Entry):
    """A computation over all relations known at t; an indicator names it and reads its fields.

    ``diffusion``
        What is known of others (``seeds``, an own indicator), damped with every step and by hubs. What arrives
        through persons counts at most ``personal_cap``. An enterprise's own facts never come straight back.
    ``ownership``
        Shares multiplied along chains of ``relation``; the controller at the top of a chain of majorities.
    ``cascade``
        Who pays if those fail that have ``seeds``: weights of the channels times the share that fails, along chains;
        ``capacity`` (an own indicator) is what an enterprise can bear before it passes the shock on.
    ``pattern``
        How much of a pattern (see ``Pattern``) an enterprise is.
    """

    network: Name
    title: Text
    kind: Literal["diffusion", "ownership", "cascade", "pattern"]
    seeds: Name | None = None
    capacity: Name | None = None
    channels: list[Channel] = Field(default_factory=list)
    relation: Name | None = None
    pattern: Name | None = None
    steps: int = Field(default=4, ge=1, le=12)
    damping: float = Field(default=0.5, gt=0, le=1)
    seed_cap: float = Field(default=3, gt=0, le=1000)
    personal_cap: float = Field(default=1, ge=0, le=1000)


class Facts(Entry):
    """Where a pattern reads facts of an enterprise: records of a type, a date field, and which of them count."""

    from_: Name = Field(alias="from")
    field: Name | None = None
    where: dict[Name, list[str]] = Field(default_factory=dict)


class Pattern(Entry):
    """A shape in the graph that a supervisor asks about; a lead with evidence, never a finding of guilt."""

    pattern: Name
    title: Text
    kind: Literal["circle", "carousel", "cluster", "nominee", "old_hand"]
    says: Text
    basis: str
    relations: list[Name] = Field(default_factory=list)
    records: Name | None = None
    partner: Name | None = None
    goods: Name | None = None
    quantity: Name | None = None
    amount: Name | None = None
    within_days: int = Field(default=30, ge=1)
    tolerance: float = Field(default=0.05, ge=0, le=1)
    longest: int = Field(default=6, ge=2, le=12)
    at_least: Annotated[int, Field(ge=1)] = 2
    least_members: Annotated[int, Field(ge=2)] = 3
    founded: Facts | None = None
    failed: list[Facts] = Field(default_factory=list)
    months: int = Field(default=12, ge=1)
