"""``/v2``: the model behind the published snapshot, asked by code and scene.

The tensors are an enterprise's code and the scene of use, never indicators: what is answered is what was published,
explained and audited. One that is not scorable, or not there, makes the call fail by its place, because a tensor has
no place for "why not"; ``POST /v1/scores`` answers item by item.
"""

from __future__ import annotations

from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Response

from credit_risk.records.uscc import is_uscc, normalise
from credit_risk.serving.api.answer import opened
from credit_risk.serving.api.door import AtDesk, Visit, visit
from credit_risk.serving.api.problem import Refused
from credit_risk.serving.desk import Published
from credit_risk.serving.inference.messages import (
    InferAnswer,
    InferQuestion,
    Live,
    ModelMetadata,
    ModelReady,
    Ready,
    Said,
    ServerMetadata,
    TensorMetadata,
    TensorOut,
)
from credit_risk.serving.inference.wire import InferenceRoute

__all__ = ["router"]

NAME = "credit-risk"
router = APIRouter(prefix="/v2", tags=["inference"], route_class=InferenceRoute)
Reader = Annotated[Visit, Depends(visit("score.read"))]
OUTPUTS = {"score": "FP64", "pd": "FP64", "grade": "BYTES", "reasons": "BYTES"}


def _errors(*statuses: int) -> dict[int | str, dict[str, Any]]:
    return {status: {"model": Said} for status in statuses}


@router.get("/health/live")
async def live() -> Live:
    """Tell that the process answers; needs no key."""
    return Live(live=True)


@router.get("/health/ready", responses=_errors(503))
def ready(desk: AtDesk, response: Response) -> Ready:
    """Tell whether scores are published; needs no key."""
    found = desk.published() is not None
    response.status_code = 200 if found else 503
    return Ready(ready=found)


@router.get("", responses=_errors(401, 403, 429))
def server(at: Reader) -> ServerMetadata:
    """Return name, version and extensions of the server."""
    at.note("", "server", "200")
    return ServerMetadata(
        name=NAME, version=at.desk.rules.settings.version, extensions=["binary_tensor_data"]
    )


@router.get("/models/{name}", responses=_errors(401, 403, 404, 422, 429, 503))
@router.get("/models/{name}/versions/{version}", responses=_errors(401, 403, 404, 422, 429, 503))
def model(name: str, at: Reader, version: str | None = None) -> ModelMetadata:
    """Return what the model takes and gives; its version is the id of the model behind the published snapshot."""
    found = _asked(at, name, version)
    at.note("", name[:200], "200")
    return ModelMetadata(
        name=NAME,
        versions=[_model_id(found)],
        platform="credit-risk_lightgbm",
        inputs=[
            TensorMetadata(name="subject", datatype="BYTES", shape=[-1]),
            TensorMetadata(name="scene", datatype="BYTES", shape=[1]),
        ],
        outputs=[TensorMetadata(name=n, datatype=kind, shape=[-1]) for n, kind in OUTPUTS.items()],
    )


@router.get("/models/{name}/ready", responses=_errors(401, 403, 404, 422, 429, 503))
@router.get("/models/{name}/versions/{version}/ready", responses=_errors(401, 403, 404, 422, 429, 503))
def model_ready(name: str, at: Reader, version: str | None = None) -> ModelReady:
    """Tell whether the model answers."""
    _asked(at, name, version)
    at.note("", name[:200], "200")
    return ModelReady(name=NAME, ready=True)


@router.post("/models/{name}/infer", responses=_errors(400, 401, 403, 404, 422, 429, 503))
@router.post("/models/{name}/versions/{version}/infer", responses=_errors(400, 401, 403, 404, 422, 429, 503))
def infer(name: str, asked: InferQuestion, at: Reader, version: str | None = None) -> InferAnswer:
    """Return score, PD, grade and reasons (as JSON text) of up to 1,000 enterprises in one scene."""
    found = _asked(at, name, version)
    subjects, scene = _inputs(asked)
    at.check(scene, "score")
    try:
        rows = [_told(at, found.snapshot_id, s, scene, place) for place, s in enumerate(subjects)]
    except Refused as refused:
        at.note(scene, f"{len(subjects)} subjects", str(refused.problem.status))
        raise
    wanted = [one.name for one in asked.outputs] if asked.outputs else list(OUTPUTS)
    parameters = {
        "snapshot_id": found.snapshot_id,
        "as_of": at.desk.told_at(found.as_of.to_pydatetime()),
        "audit_id": at.note(scene, f"{len(subjects)} subjects", "200"),
    }
    return InferAnswer(
        model_name=NAME,
        model_version=_model_id(found),
        id=asked.id,
        parameters=parameters,
        outputs=[_output(output, rows) for output in wanted],
    )


def _asked(at: Visit, name: str, version: str | None) -> Published:
    found = at.desk.published()
    if found is None:
        raise Refused(503, "nothing is published yet")
    if name != NAME or version not in (None, _model_id(found)):
        at.note("", name[:200], "404")
        raise Refused(404, f"no such model: there is {NAME}, version {_model_id(found)}")
    return found


def _model_id(found: Published) -> str:
    return str(found.scores["model_id"].iloc[0])


def _inputs(asked: InferQuestion) -> tuple[list[str], str]:
    given = {tensor.name: tensor for tensor in asked.inputs}
    for name in ("subject", "scene"):
        if name not in given:
            raise Refused(422, f"input {name} is missing", field="inputs")
        tensor = given[name]
        if tensor.shape != [len(tensor.data)]:
            raise Refused(422, f"shape {tensor.shape} for {len(tensor.data)} values", field=f"inputs.{name}")
    if len(given["scene"].data) != 1:
        raise Refused(422, "one scene for all", field="inputs.scene")
    return given["subject"].data, given["scene"].data[0]


def _told(at: Visit, snapshot_id: str, given: str, scene: str, place: int) -> dict[str, Any]:
    coded = at.desk.rules.settings.subject == "uscc"
    subject, field = normalise(given) if coded else given, f"inputs.subject.{place}"
    if coded and not is_uscc([subject])[0]:
        raise Refused(422, "no unified social credit code", field=field)
    found = opened(at.desk, snapshot_id, subject, scene)
    if found is None:
        raise Refused(404, "not in the published snapshot", field=field)
    answer: dict[str, Any] = orjson.loads(b"".join([*found, b"}"]))
    if not answer["scorable"]:
        raise Refused(422, f"not scorable: {answer.get('why_not')}", field=field)
    return answer


def _output(name: str, rows: list[dict[str, Any]]) -> TensorOut:
    data = [orjson.dumps(r[name]).decode() if name == "reasons" else r[name] for r in rows]
    return TensorOut(name=name, shape=[len(rows)], datatype=OUTPUTS[name], data=data)
