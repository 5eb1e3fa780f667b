"""``credit-risk.toml``: what it may say of the place and its conventions."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field, model_validator

from credit_risk.book.schema import Entry, Name, Text

__all__ = ["Alerts", "Grading", "Identity", "Lane", "PeerGroup", "Service", "Settings"]


class PeerGroup(Entry):
    """The peer group, defined once: latest values of ``by`` in ``record``; the last keys are dropped while small."""

    record: Name
    by: list[Name] = Field(min_length=1)
    minimum: int = Field(default=30, ge=1)


class Lane(Entry):
    """Signals for whose warnings ``share`` of the alert budget is kept, as long as there are such warnings."""

    signals: list[str] = Field(min_length=1)
    share: float = Field(gt=0, lt=1)


class Alerts(Entry):
    """How many warnings people can look at, and how long they have; every level has its weight and days.

    ``open_share`` bounds the stock of open cases as a share of the enterprises scored; ``due_days`` are working days
    (weekends and ``holidays`` left out). A case's value is the weight of its level times the PD, or ``unscored_chance``
    where there is no PD. ``floor`` is the chance of an event that a level stands for at least: below it the level is
    lowered one step. ``converge`` families of signals together raise it one. ``week_share`` bounds how many cases may
    be opened in a week, as a share of the enterprises scored; red ones are opened in any case. ``audit_share`` of new
    cases is drawn at random from all enterprises, so that what was checked is not only what the engine chose.
    ``lanes`` keep a part of the stock for kinds of signals whose worth the chance of an event does not tell.
    """

    open_share: float = Field(default=0.03, gt=0, le=1)
    cool_days: int = Field(default=30, ge=0)
    unscored_chance: float = Field(default=0.05, ge=0, le=1)
    weight: dict[str, float] = Field(default={"red": 1.0, "orange": 0.6, "yellow": 0.3, "blue": 0.1})
    due_days: dict[str, int] = Field(default={"red": 1, "orange": 3, "yellow": 10, "blue": 30})
    holidays: list[date] = Field(default=[])
    floor: dict[str, float] = Field(default={})
    converge: int = Field(default=4, ge=2)
    week_share: float = Field(default=1.0, gt=0, le=1)
    audit_share: float = Field(default=0.0, ge=0, le=0.2)
    lanes: dict[Name, Lane] = Field(default={})

    @model_validator(mode="after")
    def _lanes_leave_room(self) -> Alerts:
        if (kept := sum(lane.share for lane in self.lanes.values())) > 0.5:
            raise ValueError(f"lanes: expected at most half of the budget kept for them, came {kept:.0%}")
        return self


class Grading(Entry):
    """How grades are held: ``margin`` is how far, in log-odds, a PD must lie beyond a border to move a grade."""

    margin: float = Field(default=0.0, ge=0, le=1)


class Service(Entry):
    """How the service is run.

    ``per_minute``: calls that one key may make; ``failures_per_minute``: calls without a valid key from one address;
    ``at_once``: calls under way in one process before it says 429; ``body_seconds``: how long a body may take;
    ``stale_days``: age of the published snapshot from which answers are flagged.
    """

    per_minute: int = Field(default=6000, ge=1)
    failures_per_minute: int = Field(default=120, ge=1)
    at_once: int = Field(default=128, ge=1)
    body_seconds: float = Field(default=10, gt=0)
    stale_days: int = Field(default=35, ge=1)


class Identity(Entry):
    """Where other codes and names of enterprises stand, and from which probability on a name is taken for one.

    ``codes`` is a record type with the fields ``scheme``, ``value`` and ``until``; ``names`` is ``record.field``.
    A name less probable than ``link_above`` waits for a person; less than ``suggest_above`` is not even suggested.
    """

    codes: Name | None = None
    names: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*$")] | None = None
    link_above: float = Field(default=0.99, gt=0.5, lt=1)
    suggest_above: float = Field(default=0.01, gt=0, lt=1)


class Settings(Entry):
    """``credit-risk.toml``: the place and its conventions; ``override_days`` bounds how long a human decision binds.

    ``segments`` name a field of a record; ``segments_when`` classes by conditions over indicators, of which the first
    that holds counts. Both serve judgement only.
    """

    name: str = Field(pattern=r"^[a-z][a-z0-9_-]*$")
    title: Text
    version: str
    subject: Literal["uscc", "text"] = "uscc"
    var: str = "var"
    inbox: str = "var/inbox"
    peer_group: PeerGroup | None = None
    champion: str | None = None
    timezone: str = "Asia/Shanghai"
    alerts: Alerts = Alerts()
    grading: Grading = Grading()
    identity: Identity | None = None
    service: Service = Service()
    segments: dict[Name, Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*$")]] = Field(
        default={}
    )
    segments_when: dict[Name, dict[str, str]] = Field(default={})
    override_days: int = Field(default=365, ge=1)
