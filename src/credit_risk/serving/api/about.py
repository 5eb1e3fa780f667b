"""What the service is and how it is: model card, crosswalk of grades, health, readiness, metrics."""

from __future__ import annotations

import json
from typing import Annotated

from fastapi import APIRouter, Depends, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from credit_risk.serving.api.door import AtDesk, Visit, visit
from credit_risk.serving.api.problem import Refused, responses
from credit_risk.serving.messages import GradeMeaning, Health, ModelCard, Words

__all__ = ["open_router", "router"]

router = APIRouter(tags=["about"])
open_router = APIRouter(tags=["health"])
Reader = Annotated[Visit, Depends(visit("score.read"))]


@router.get("/model", responses=responses(401, 403, 404, 429, 503))
def model(at: Reader) -> ModelCard:
    """Return the card of the model behind the published scores: what it foresees, from when, made of what."""
    published = at.desk.published()
    if published is None:
        raise Refused(503, "nothing is published yet", hint="credit-risk warn --as-of DATE")
    model_id = str(published.scores["model_id"].iloc[0])
    path = at.desk.rules.var / "models" / model_id / "manifest.json"
    if not path.is_file():
        raise Refused(404, "the model's folder is not here", came=model_id)
    manifest = json.loads(path.read_text("utf-8"))
    recipe = at.desk.rules.recipes.get(str(manifest.get("recipe", "")))
    at.note("", model_id, "200")
    title = Words(zh=recipe.title.zh, en=recipe.title.en) if recipe else None
    scored = int(published.scores["scorable"].sum())
    return ModelCard(
        model_id=model_id, title=title, snapshot_id=published.snapshot_id,
        as_of=at.desk.local(published.as_of.to_pydatetime()),
        scored=scored, not_scorable=len(published.scores) - scored, manifest=manifest,
    )  # fmt: skip


@router.get("/grades", responses=responses(401, 403, 429, 503))
def grades(at: Reader) -> list[GradeMeaning]:
    """Return the master scale: each grade with its PD band and its public class A to D."""
    at.note("", "grades", "200")
    floor, told = 0.0, []
    for name, band in at.desk.rules.grades.items():
        words = Words(zh=band.title.zh, en=band.title.en)
        told.append(
            GradeMeaning(grade=name, title=words, pd_over=floor, pd_to=band.pd_max, public_class=band.public)
        )
        floor = band.pd_max
    return told


@open_router.get("/health")
async def health() -> Health:
    """Tell that the process answers; needs no key and says nothing else."""
    return Health(status="ok")


@open_router.get("/ready", responses=responses(503))
def ready(desk: AtDesk) -> Health:
    """Tell whether the store answers and a snapshot is published."""
    if desk.snapshots.current() is None:
        raise Refused(503, "nothing is published yet")
    desk.ledger.answers()
    return Health(status="ok")


@router.get("/metrics", response_class=Response, responses=responses(401, 403, 429, 503))
def metrics(at: Annotated[Visit, Depends(visit("monitor.read"))]) -> Response:
    """Return Prometheus metrics; the role needs ``monitor.read``."""
    return Response(generate_latest(at.desk.metrics), media_type=CONTENT_TYPE_LATEST)
