"""What a credit report says: the score with its reasons and the facts, as far as they are lawful in the scene."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from credit_risk.archive.timeline import Archive, Line
from credit_risk.book import Rules
from credit_risk.book.schema import Text
from credit_risk.errors import CheckFailed, InputError, nearest
from credit_risk.serving.scene import for_scene, record_lawful

__all__ = ["CreditReport", "compose_report", "lawful_line"]

Usable = Callable[[str, Sequence[str]], set[str]]
SCORE = ("model_id", "shown_score", "pd", "grade", "public_class", "peer_group", "scorable", "why_not")


@dataclass(frozen=True, slots=True)
class CreditReport:
    """A report as known at ``as_of``; ``withheld`` counts the facts that are not for this scene or no longer usable.

    ``score`` is a published opinion of the day ``scored_on``, None when there is none for the enterprise.
    """

    subject: str
    name: str
    scene: str
    title: Text
    as_of: date
    scored_on: date | None
    score: dict[str, Any] | None
    reasons: list[dict[str, Any]]
    supervision: list[Line]
    other: list[Line]
    withheld: int


def compose_report(
    rules: Rules, archive: Archive, row: dict[str, Any] | None, scene: str, usable: Usable
) -> CreditReport:
    """Compose the report of one enterprise for a scene.

    Parameters
    ----------
    archive
        Its whole archive as known at the day of the report.
    row
        Its row of a published snapshot not later than that day, or None.
    usable
        Takes a record or relation type and ids and returns those that may still be used on that day.

    Raises
    ------
    InputError
        The book has no such scene.
    CheckFailed
        Reports are no service of the scene, or the score is of a later day than the report.

    """
    if scene not in rules.scenes:
        raise InputError(
            f"scene: expected one of {', '.join(rules.scenes)}, came {scene!r}",
            hint=nearest(scene, rules.scenes),
        )
    chosen = rules.scenes[scene]
    if "report" not in chosen.services:
        raise CheckFailed(f"scene {scene}: reports are no service of it")
    if row is not None and row["as_of"].date() > archive.as_of:
        raise CheckFailed(
            f"the score is of {row['as_of'].date()}, the report of {archive.as_of}: it may know nothing later",
            hint="name an earlier snapshot with --snapshot",
        )
    lines = [line for line in archive.lines if line.status == "usable" and lawful_line(rules, line, scene)]
    supervision = [line for line in lines if line.severity in ("minor", "general", "serious")]
    return CreditReport(
        subject=archive.subject,
        name=archive.name,
        scene=scene,
        title=chosen.title,
        as_of=archive.as_of,
        scored_on=row["as_of"].date() if row else None,
        score={name: row[name] for name in SCORE} if row else None,
        reasons=_reasons(rules, row, scene, archive.subject, usable),
        supervision=supervision,
        other=[line for line in lines if line not in supervision],
        withheld=len(archive.lines) - len(lines) + archive.hidden,
    )


def lawful_line(rules: Rules, line: Line, scene: str) -> bool:
    """Tell whether a line of an archive may be shown in a scene; relations name others and never are."""
    rule = rules.records.get(line.kind)
    if rule is None:  # a relation names another enterprise or a person: not for third parties
        return False
    return rule.visibility != "internal" and record_lawful(rules, line.kind, scene)


def _reasons(
    rules: Rules, row: dict[str, Any] | None, scene: str, subject: str, usable: Usable
) -> list[dict[str, Any]]:
    """Return the reasons; an indicator that rests on what may no longer be used keeps its points, not its words."""
    if row is None or not row["scorable"]:
        return []
    reasons: list[dict[str, Any]] = row["reasons"]
    asked: dict[str, set[str]] = {}
    for reason in reasons:
        for shown in reason["indicators"]:
            for record in shown["evidence"]:
                asked.setdefault(record["kind"], set()).add(record["record_id"])
    living = {kind: usable(kind, sorted(ids)) for kind, ids in asked.items()}

    def told(shown: dict[str, Any]) -> dict[str, Any]:
        if shown.get("withheld") or shown["name"] in ended:
            return {"points": shown["points"], "withheld": True}
        return {**shown, "evidence": [one for one in shown["evidence"] if one["about"] == subject]}

    ended = {
        shown["name"]
        for reason in reasons
        for shown in reason["indicators"]
        if not all(one["record_id"] in living[one["kind"]] for one in shown["evidence"])
    }
    lawful = for_scene(rules, reasons, scene)
    return [{**reason, "indicators": [told(shown) for shown in reason["indicators"]]} for reason in lawful]
