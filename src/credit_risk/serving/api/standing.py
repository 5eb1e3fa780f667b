"""What is known of an enterprise beside its score: archive, eligibility for commitments, ratings of other departments.

Everything is as known at the published snapshot's t and lawful in the scene; what is not is left out and counted.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query

from credit_risk.archive import Line
from credit_risk.archive.timeline import STATUSES
from credit_risk.book import Rules
from credit_risk.book.policy import CommitmentRule, Crosswalk
from credit_risk.book.schema import Text
from credit_risk.errors import InputError
from credit_risk.policy import Standing
from credit_risk.serving.api.door import Visit, visit
from credit_risk.serving.api.problem import Refused, responses
from credit_risk.serving.api.score import checked_code
from credit_risk.serving.messages import Notice, Words
from credit_risk.serving.messages_of_standing import (
    ArchiveAnswer,
    ArchiveLine,
    Bar,
    ColdStart,
    Eligibility,
    EligibilityOfKind,
    FactShown,
    RatingsAnswer,
    RatingShown,
)
from credit_risk.serving.report import lawful_line
from credit_risk.serving.scene import record_lawful

__all__ = ["router"]

router = APIRouter(tags=["standing"])
Scene = Annotated[str, Query(max_length=64, description="A scene of the book.", examples=["fiscal_support"])]
Reader = Annotated[Visit, Depends(visit("score.read"))]


@router.get("/subjects/{subject}/archive", responses=responses(401, 403, 404, 422, 429, 503))
def archive(
    subject: str, scene: Scene, at: Annotated[Visit, Depends(visit("archive.read"))]
) -> ArchiveAnswer:
    """Return the credit archive of an enterprise, oldest fact first: what the scene may see of it, with its state."""
    code = checked_code(at, subject, scene, "archive")
    if at.desk.published() is None:
        raise Refused(503, "nothing is published yet")
    try:
        found = at.desk.archive(code, everything=False)
    except InputError as unknown:
        at.note(scene, code, "404")
        raise Refused(404, unknown.message, field="subject", came=code[:200]) from None
    lines = [line for line in found.lines if lawful_line(at.desk.rules, line, scene)]
    return ArchiveAnswer(
        subject=found.subject,
        name=found.name,
        as_of=found.as_of,
        lines=[_line(at, line) for line in lines],
        withheld=len(found.lines) - len(lines) + found.hidden,
        audit_id=at.note(scene, code, "200"),
    )


@router.get("/subjects/{subject}/eligibility", responses=responses(401, 403, 404, 422, 429, 503))
def eligibility(subject: str, scene: Scene, at: Reader) -> Eligibility:
    """Tell which kinds of commitment may be accepted in place of approval or papers, and what bars the others.

    An enterprise too young to be scored is answered too: it is barred by facts alone, never for want of a score.
    """
    code = checked_code(at, subject, scene, "eligibility")
    standing, row = _standing(at, code, scene)
    rules = at.desk.rules
    kinds = sorted({kind for rule in rules.commitments.values() for kind in rule.bars})
    scored = bool(row["scorable"])
    return Eligibility(
        subject=code,
        day=standing.day,
        kinds=[_of_kind(rules, standing, kind, scene) for kind in kinds],
        score=ColdStart(
            scorable=scored,
            why_not=row["why_not"],
            pd=row["pd"] if scored else None,
            grade=row["grade"] if scored else None,
            data_depth=row.get("data_depth"),
        ),
        notice=Notice,
        audit_id=at.note(scene, code, "200"),
    )


@router.get("/subjects/{subject}/ratings", responses=responses(401, 403, 404, 422, 429, 503))
def ratings(subject: str, scene: Scene, at: Reader) -> RatingsAnswer:
    """Return the ratings by other departments on the public scale A to D, and the class they give together.

    Where a rating is not for the scene, the fused class, which rests on it, is not told either.
    """
    code = checked_code(at, subject, scene, "crosswalk")
    standing, _ = _standing(at, code, scene)
    rules = at.desk.rules
    lawful = [r for r in standing.ratings if record_lawful(rules, _walk(rules, r).from_, scene)]
    whole = len(lawful) == len(standing.ratings)
    return RatingsAnswer(
        subject=code,
        day=standing.day,
        ratings=[_rating(rules, one) for one in lawful],
        fused=standing.fused if whole else None,
        conflict=standing.conflict if whole else None,
        withheld=len(standing.ratings) - len(lawful),
        notice=Notice,
        audit_id=at.note(scene, code, "200"),
    )


def _standing(at: Visit, code: str, scene: str) -> tuple[Standing, dict[str, Any]]:
    published = at.desk.published()
    if published is None:
        raise Refused(503, "nothing is published yet")
    row = at.desk.row(published.snapshot_id, code)
    found = at.desk.policy.of(published.snapshot_id, code, at.desk.today)
    if row is None or found is None:
        at.note(scene, code, "404")
        raise Refused(404, "not in the published snapshot", field="subject", came=code[:200])
    return found, row


def _of_kind(rules: Rules, standing: Standing, kind: str, scene: str) -> EligibilityOfKind:
    barring = standing.eligible(kind)
    told = [rule for rule in barring if _fact_lawful(rules, rule, scene)]
    return EligibilityOfKind(
        kind=kind,
        eligible=not barring,
        barred_by=[
            Bar(
                rule=rule.rule,
                title=_words(rule.title),
                basis=rule.basis,
                records=list(standing.facts[rule.fact]),
            )
            for rule in told
        ],
        withheld=len(barring) - len(told),
    )


def _fact_lawful(rules: Rules, rule: CommitmentRule, scene: str) -> bool:
    return all(record_lawful(rules, one.from_, scene) for one in rules.facts[rule.fact].any)


def _line(at: Visit, line: Line) -> ArchiveLine:
    return ArchiveLine(
        happened=line.happened,
        received_at=at.desk.local(line.received_at),
        kind=line.kind,
        title=_words(line.title),
        department=line.department,
        severity=line.severity,
        status=line.status,
        status_title=_words(STATUSES[line.status]),
        facts=[FactShown(title=_words(title), value=_words(value)) for title, value in line.facts],
        record_id=line.record_id,
    )


def _rating(rules: Rules, one: dict[str, Any]) -> RatingShown:
    walk = _walk(rules, one)
    word = (rules.records[walk.from_].fields[walk.field].codes or {}).get(one["word"])
    until = one.get("valid_until")
    return RatingShown(
        rater=one["rater"],
        title=_words(walk.title),
        word=one["word"],
        word_title=_words(word) if word else None,
        public=one["public"],
        state=one["state"],
        valid_until=date.fromisoformat(str(until)[:10]) if until else None,
        basis=walk.basis,
        record_id=one["record_id"],
    )


def _walk(rules: Rules, one: dict[str, Any]) -> Crosswalk:
    """Return the crosswalk of a rating, or the rater's newest where the word was made under none."""
    named = rules.crosswalks.get(one["crosswalk"] or "")
    return named or max(
        (w for w in rules.crosswalks.values() if w.rater == one["rater"]), key=lambda w: w.since
    )


def _words(text: Text) -> Words:
    return Words(zh=text.zh, en=text.en)
