"""One enterprise: score, reasons, profile, history, records behind them."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Annotated, Any, Literal

import pandas as pd
from fastapi import APIRouter, Depends, HTTPException, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from credit_risk.archive.page import by_year
from credit_risk.archive.timeline import STATUSES
from credit_risk.book.schema import Text
from credit_risk.errors import InputError
from credit_risk.explain.unsaid import NOTHING_LEFT, Unsaid
from credit_risk.serving.console import shapes
from credit_risk.serving.console.namesakes import choices_of, titles_of
from credit_risk.serving.console.render import page
from credit_risk.serving.console.session import AtDesk, Look, may, note
from credit_risk.serving.desk import Desk
from credit_risk.serving.directory import FOUND
from credit_risk.serving.published import history_of, not_comparable
from credit_risk.warnings.ledger import OPEN, WHY, Case

__all__ = ["apart_of", "kinds", "names", "reasons_of", "router", "unsaid_of"]

router = APIRouter()
Reader = Annotated[Look, Depends(may("score.read"))]
SVG = "image/svg+xml"
RARE, MOST = 0.1, 6
GAPS = 4  # earlier days whose absence from a history is explained
ADVERSE = ("minor", "general", "serious")
EFFECTS = {"": ("none", "positive", *ADVERSE), "adverse": ADVERSE, "positive": ("positive",)}


def reasons_of(row: dict[str, Any] | None) -> dict[str, list[dict[str, Any]]]:
    """Return the reasons of a score, those that raise the risk and those that lower it, strongest first."""
    told = row["reasons"] if row else []
    ordered = sorted(told, key=lambda reason: -abs(reason["points"]))
    return {
        "raises": [r for r in ordered if r["effect"] == "raises_risk"],
        "lowers": [r for r in ordered if r["effect"] == "lowers_risk"],
    }


def unsaid_of(desk: Desk, row: dict[str, Any] | None) -> Unsaid:
    """Return what the reasons of a row of the published snapshot leave unsaid."""
    published = desk.published()
    if row is None or published is None:
        return NOTHING_LEFT
    return desk.snapshots.unsaid(published.snapshot_id, row["subject"], row["reasons"])


def apart_of(row: dict[str, Any] | None) -> dict[str, list[dict[str, Any]]]:
    """Return the indicators of the reasons by which an enterprise stands out among its peers, strongest first.

    It stands out where at most a tenth of the peers have a lower, or a higher, value.
    """
    told = [one for reason in (row["reasons"] if row else []) for one in reason["indicators"]]
    rare = [one for one in told if one.get("peer") is not None and not RARE < one["peer"] < 1 - RARE]
    ordered = sorted(rare, key=lambda one: -abs(one["points"]))
    return {
        "against": [one for one in ordered if one["points"] < 0][:MOST],
        "strong": [one for one in ordered if one["points"] > 0][:MOST],
    }


def kinds(desk: Desk) -> dict[str, Any]:
    """Return the titles of all record and relation types."""
    rules = desk.rules
    return {n: r.title for n, r in rules.records.items()} | {n: r.title for n, r in rules.relations.items()}


def names(desk: Desk, row: dict[str, Any] | None) -> dict[str, str]:
    """Return the names of the enterprises whose records are evidence in a score's reasons."""
    published = desk.published()
    if published is None or row is None:
        return {}
    about = {
        e["about"] for reason in row["reasons"] for shown in reason["indicators"] for e in shown["evidence"]
    }
    return {s: published.directory.entry(s).name for s in about}


@router.get("/search")
def search(
    request: Request, desk: AtDesk, look: Reader, q: Annotated[str, Query(max_length=100)] = ""
) -> Response:
    """Go to the enterprise when there is just one, otherwise list what was found."""
    published = desk.published()
    found = published.directory.find(q) if published else []
    if len(found) == 1:
        return RedirectResponse(f"/console/enterprises/{found[0].subject}", 303)
    return page(
        request, look, "search.html", q=q, rows=choices_of(desk, found), titles_of=titles_of(desk), most=FOUND
    )


@router.get("/enterprises/{subject}")
def show(request: Request, desk: AtDesk, look: Reader, subject: str) -> HTMLResponse:
    """Return the page of one enterprise."""
    published = desk.published()
    row = desk.snapshots.row(published.snapshot_id, subject) if published else None
    if published is None or row is None:
        raise HTTPException(404)
    group = desk.rules.settings.peer_group
    fields = desk.rules.records[group.record].fields if group else {}
    entry = published.directory.entry(subject)
    labels = [(fields[f].title, (fields[f].codes or {}).get(v, v)) for f, v in entry.labels.items()]
    history = history_of(desk.snapshots, subject, row["model_id"])
    note(desk, look, "enterprise.read", subject)
    return page(
        request, look, "enterprise.html", subject=subject, entry=entry, row=row,
        labels=labels, peers=_peers(desk, row["peer_group"]),
        reasons=reasons_of(row), unsaid=unsaid_of(desk, row),
        history=history.to_dict("records"), cases=desk.ledger.of(subject),
        kept_back=desk.ledger.kept_back(published.snapshot_id, [subject]) if "warning.read" in look.rights else [],
        why_kept=WHY, grades=desk.rules.grades, kinds=kinds(desk), names=names(desk, row),
        gaps=not_comparable(desk.snapshots, subject, row)[:GAPS] if len(history) < 2 else [],
        apart=apart_of(row), terms=_terms(row), heads=_heads(desk, row),
    )  # fmt: skip


def _terms(row: dict[str, Any]) -> list[tuple[str, float]]:
    """Return (months, PD) of the shorter horizons, shortest first, and of the champion's own."""
    told = json.loads(row["pd_terms"]) if row["pd_terms"] else {}
    terms = sorted((int(months.removesuffix("m")), pd) for months, pd in told.items())
    return [(str(months), pd) for months, pd in [*terms, (12, row["pd"])]] if terms else []


def _heads(desk: Desk, row: dict[str, Any]) -> list[tuple[Any, float]]:
    """Return (title, PD) of each kind of trouble, greatest first."""
    told = json.loads(row["pd_heads"]) if row["pd_heads"] else {}
    titled = [(desk.rules.outcomes[name].title, pd) for name, pd in told.items()]
    return sorted(titled, key=lambda head: -head[1])


@router.get("/enterprises/{subject}/archive")
def archive(
    request: Request,
    desk: AtDesk,
    look: Annotated[Look, Depends(may("archive.read"))],
    subject: str,
    kind: Annotated[str, Query(max_length=64)] = "",
    effect: Literal["", "adverse", "positive"] = "",
) -> HTMLResponse:
    """Return the credit archive as known at the published snapshot's t, of one type or one effect if asked."""
    published = desk.published()
    if published is None:
        raise HTTPException(404)
    everything = "archive.read_hidden" in look.rights
    try:
        found = desk.archive(subject, everything)
    except InputError:
        raise HTTPException(404) from None
    note(desk, look, "archive.read", subject)
    held = {line.kind: line.title for line in found.lines}
    lines = [one for one in found.lines if kind in ("", one.kind) and one.severity in EFFECTS[effect]]
    years = [(year, list(reversed(rows))) for year, rows in reversed(by_year(replace(found, lines=lines)))]
    return page(
        request, look, "archive.html", archive=found, entry=published.directory.entry(subject), years=years,
        statuses=STATUSES, name=published.directory.entry, held=held, kind=kind, effect=effect, shown=len(lines),
    )  # fmt: skip


@router.get("/enterprises/{subject}/timeline.svg")
def timeline(desk: AtDesk, look: Reader, subject: str) -> Response:
    """Return the PD over time."""
    published = desk.published()
    if published is None or subject not in published.scores.index:
        raise HTTPException(404)
    history = history_of(desk.snapshots, subject, str(published.scores.at[subject, "model_id"]))
    row = desk.snapshots.row(published.snapshot_id, subject)
    behind = [e for case in desk.ledger.of(subject) for signal in case.signals for e in signal["evidence"]]
    raising = [
        one for reason in reasons_of(row)["raises"] for one in reason["indicators"] if one["points"] < 0
    ]
    behind += [e for one in raising for e in one["evidence"]]
    own = {(e["event_date"], e["kind"]) for e in behind if e["about"] == subject}
    events = sorted((pd.Timestamp(day), kind) for day, kind in own)
    first = history["as_of"].min() - pd.Timedelta(days=200) if len(history) else pd.Timestamp.min
    shown = [event for event in events if event[0] >= first]
    title = look.say(
        "违约概率走势（竖线：推高风险的事实）", "PD over time (marks: facts that raise the risk)"
    )
    return Response(shapes.timeline(history, shown, title), media_type=SVG)


@router.get("/enterprises/{subject}/profile.svg")
def profile(desk: AtDesk, look: Reader, subject: str) -> Response:
    """Return the radar of the indicator tree's dimensions: the share of peers that do worse."""
    published = desk.published()
    shares = desk.profile(subject) if published else None
    if shares is None:
        raise HTTPException(404)
    names = [look.text(desk.rules.tree[path].title) for path in shares]
    title = look.say(
        "五维画像：优于同业的比例（虚线为同业中位）",
        "Profile: share of peers that do worse (dashed: the middle)",
    )
    return Response(shapes.dimensions(names, list(shares.values()), title), media_type=SVG)


@router.get("/records/{kind}/{record_id}")
def record(
    request: Request,
    desk: AtDesk,
    look: Annotated[Look, Depends(may("score.read", "archive.read"))],
    kind: str,
    record_id: str,
) -> HTMLResponse:
    """Return one source record with its clocks, as known at the published snapshot's t."""
    published, everything = desk.published(), "archive.read_hidden" in look.rights
    found = desk.record(kind, record_id, published.as_of.to_pydatetime(), everything) if published else None
    if published is None or found is None:
        raise HTTPException(404)
    rules = desk.rules
    about = rules.records.get(kind) or rules.relations[kind]
    fields = getattr(about, "fields", {})
    told = [
        (fields[name].title if name in fields else None, name, _shown(fields.get(name), value))
        for name, value in found.items()
        if name in fields or name in ("src", "dst", "weight")
    ]
    source = next((s for s in rules.sources.values() if s.source == found["source"]), None)
    note(desk, look, "record.read", f"{kind}/{record_id}")
    return page(
        request, look, "record.html", kind=kind, title=about.title, record=found, fields=told, source=source,
        department=getattr(about, "department", None), name=published.directory.entry,
        case=_case_of(desk, look, str(found.get("subject") or "")),
    )  # fmt: skip


def _case_of(desk: Desk, look: Look, subject: str) -> Case | None:
    """Return the open case of an enterprise, else its latest, for those who may read warnings: the way back to it."""
    if "warning.read" not in look.rights or not subject:
        return None
    cases = sorted(desk.ledger.of(subject), key=lambda case: (case.state in OPEN, case.last_seen))
    return cases[-1] if cases else None


def _peers(desk: Desk, group: str | None) -> list[Any]:
    """Return the titles of the codes that make the peer group."""
    rule = desk.rules.settings.peer_group
    if rule is None or not group:
        return []
    fields = desk.rules.records[rule.record].fields
    codes = zip(rule.by, group.split("/"), strict=False)
    return [(fields[name].codes or {}).get(code, code) for name, code in codes]


def _shown(rule: Any, value: Any) -> Any:
    """Return a value of a record as people read it: codes by their titles, flags as words, money with its unit."""
    if rule is None or value is None:
        return value
    if rule.codes and value in rule.codes:
        return rule.codes[value]
    if rule.type == "flag":
        return Text(zh="是", en="yes") if value else Text(zh="否", en="no")
    if rule.type == "money":
        return Text(zh=f"{value:,.2f} 元", en=f"{value:,.2f} yuan")
    return value
