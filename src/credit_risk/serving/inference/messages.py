"""Messages of the Open Inference Protocol v2 (REST), as far as this service speaks it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

__all__ = [
    "InferAnswer",
    "InferQuestion",
    "Live",
    "ModelMetadata",
    "ModelReady",
    "Ready",
    "Said",
    "ServerMetadata",
    "TensorMetadata",
    "TensorOut",
]

MOST = 1000  # enterprises in one call
Name = Annotated[str, Field(min_length=1, max_length=100)]
Text = Annotated[str, Field(max_length=200)]
Datatype = Literal["BYTES", "FP64"]


class _Message(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, protected_namespaces=())


class Said(_Message):
    """An error as the protocol tells it."""

    error: str


class Live(_Message):
    """``/v2/health/live``."""

    live: bool


class Ready(_Message):
    """``/v2/health/ready``."""

    ready: bool


class ServerMetadata(_Message):
    """``/v2``."""

    name: str
    version: str
    extensions: list[str]


class ModelReady(_Message):
    """``/v2/models/NAME/ready``."""

    name: str
    ready: bool


class TensorMetadata(_Message):
    """A tensor that a model takes or gives; -1 stands for any number of enterprises."""

    name: str
    datatype: Datatype
    shape: list[int]


class ModelMetadata(_Message):
    """``/v2/models/NAME``."""

    name: str
    versions: list[str]
    platform: str
    inputs: list[TensorMetadata]
    outputs: list[TensorMetadata]


class TensorIn(_Message):
    """One input: ``subject`` with one code an enterprise, or ``scene`` with the one scene of use."""

    name: Literal["subject", "scene"]
    shape: Annotated[list[Annotated[int, Field(ge=1, le=MOST)]], Field(min_length=1, max_length=1)]
    datatype: Literal["BYTES"]
    parameters: dict[str, Any] | None = None
    data: Annotated[list[Text], Field(min_length=1, max_length=MOST)]


class OutputAsked(_Message):
    """One output that is wanted."""

    name: Literal["score", "pd", "grade", "reasons"]
    parameters: dict[str, Any] | None = None


class InferQuestion(_Message):
    """``POST /v2/models/NAME/infer``."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "inputs": [
                        {
                            "name": "subject",
                            "shape": [1],
                            "datatype": "BYTES",
                            "data": ["91310115MA0537410A"],
                        },
                        {"name": "scene", "shape": [1], "datatype": "BYTES", "data": ["tax"]},
                    ]
                }
            ]
        }
    )

    id: Text | None = None
    parameters: dict[str, Any] | None = None
    inputs: Annotated[list[TensorIn], Field(min_length=2, max_length=2)]
    outputs: Annotated[list[OutputAsked], Field(min_length=1, max_length=4)] | None = None


class TensorOut(_Message):
    """One output, one value an enterprise in the order asked."""

    name: Name
    shape: list[int]
    datatype: Datatype
    data: list[str] | list[float]


class InferAnswer(_Message):
    """What the published snapshot says of the enterprises; ``parameters`` name snapshot, as-of and audit line."""

    model_name: str
    model_version: str
    id: str | None = None
    parameters: dict[str, str]
    outputs: list[TensorOut]
