"""``credit-risk standing``: what the model says, what law bounds, what people decided and what others say."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

import typer

from credit_risk.cli.app import BookFolder, Json, app, out, print_json
from credit_risk.cli.override import acting
from credit_risk.errors import InputError
from credit_risk.policy import Standing
from credit_risk.policy.proposals import propose
from credit_risk.records.uscc import normalise
from credit_risk.zone import Book

__all__ = ["standing_of", "told"]


@app.command()
def standing(
    subject: Annotated[str, typer.Argument(metavar="USCC", help="Unified social credit code.")],
    as_of: Annotated[
        str | None, typer.Option(help="Day on which bounds and decisions count; the snapshot's.")
    ] = None,
    measure: Annotated[
        str | None, typer.Option(help="Propose this measure of the book, or say why not.")
    ] = None,
    by: Annotated[
        str | None, typer.Option("--by", help="Account that answers for an adverse measure.")
    ] = None,
    as_json: Json = False,
) -> None:
    """企业现状 · Tell where an enterprise stands: class, bounds, decisions, other ratings, measures, commitments.

    Example: `credit-risk standing 91310115MA1K3YJ12X`
    """
    book = Book.open(BookFolder.path)
    found = standing_of(book, subject, date.fromisoformat(as_of) if as_of else None)
    if measure:
        person = acting(book, by) if by else None
        print_json(vars_of(propose(book.rules, found, measure, person)))
    elif as_json:
        print_json(told(book, found))
    else:
        _show(book, found)


def standing_of(book: Book, subject: str, day: date | None = None) -> Standing:
    """Return where an enterprise of the published snapshot stands; raises InputError when it is not in it."""
    snapshot = book.snapshots.current()
    code = normalise(subject) if book.rules.settings.subject == "uscc" else subject
    if snapshot is None:
        raise InputError("nothing is published yet", hint="credit-risk score --as-of DATE")
    found = book.policy.of(snapshot, code, day or date.fromisoformat(snapshot[:10]))
    if found is None:
        raise InputError(
            f"no standing of {code} in {snapshot}", hint="score again: credit-risk score --as-of DATE"
        )
    return found


def told(book: Book, s: Standing) -> dict[str, Any]:
    """Return a standing as plain JSON types."""
    return {
        "subject": s.subject,
        "day": s.day,
        "model_public": s.model_public,
        "decision": vars_of(s.decision) if s.decision else None,
        "caps": [c.model_dump(mode="json") for c in s.caps],
        "public": s.public,
        "sector_best": s.sector_best,
        "facts": s.facts,
        "ratings": s.ratings,
        "fused": s.fused,
        "conflict": s.conflict,
        "objections": s.objections,
        "tier": s.tier,
        "supervision": {name: row.model_dump() for name, row in s.treatments.items()},
        "measures": [m.model_dump(mode="json") for m in s.measures],
        "commitments_barred": [r.model_dump(mode="json") for r in s.barred],
    }


def vars_of(value: Any) -> dict[str, Any]:
    """Return the fields of a dataclass with slots."""
    return {name: getattr(value, name) for name in value.__dataclass_fields__}


def _show(book: Book, s: Standing) -> None:
    facts = book.rules.facts
    lines = [
        f"模型等级 model class {s.model_public or '—'} → 公共信用等级 public class {s.public or '—'}"
        f" · 行业等级上限 best sector grade {s.sector_best}"
    ]
    lines += [f"法定约束 bound: {c.title.zh} {c.title.en} — {c.basis}" for c in s.caps]
    if s.decision:
        d = s.decision
        lines.append(
            f"人工决定 decision {d.override_id}: {d.public}, [{d.starts}, {d.expires}),"
            f" {d.author}, {d.approver}: {d.reason}"
        )
    if s.objections:
        lines.append(f"异议中 under objection: {', '.join(s.objections)}")
    lines += [
        f"事实 fact: {facts[f].title.zh} {facts[f].title.en} ← {', '.join(ids)}" for f, ids in s.facts.items()
    ]
    lines += [
        f"采信 rating: {r['rater']} {r['word']} → {r['public'] or '—'} ({r['state']}, {r['rated_on']}"
        f"{' – ' + r['valid_until'] if r['valid_until'] else ''}, {r['crosswalk']})"
        for r in s.ratings
    ]
    clash = "  评级冲突，待复核 in conflict, for review" if s.conflict else ""
    lines.append(f"融合等级 fused class {s.fused or '—'}{clash}")
    if row := s.treatments.get("general"):
        how = f"{row.method.zh}；{row.content.zh}；{row.frequency.zh}"
        lines.append(f"差异化监管 supervision {s.tier}: ×{row.rate:g} {how} ({row.channel})")
    for m in s.measures:
        word = (
            "激励 incentive"
            if m.kind == "incentive"
            else "惩戒（须具名人员提出） restriction, needs a named person"
        )
        lines.append(
            f"可提出 may be proposed: {m.title.zh} {m.title.en} [{word}] — {m.department}，{m.basis}"
        )
    lines += [
        f"不适用承诺 commitments barred ({', '.join(r.bars)}): {r.title.zh} — {r.basis}" for r in s.barred
    ]
    out.print(f"{s.subject} · {s.day}", markup=False)
    for line in lines:
        out.print(f"  {line}", markup=False)
