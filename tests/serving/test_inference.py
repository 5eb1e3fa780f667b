"""The Open Inference Protocol: a stock client asks, keys and scenes hold, errors are the protocol's."""

from __future__ import annotations

import json
import struct

import httpx
import numpy as np
import pytest
from fastapi import FastAPI
from tritonclient.http import InferenceServerClient, InferInput, InferRequestedOutput
from tritonclient.utils import InferenceServerException

from credit_risk.serving.api.problem import Refused
from credit_risk.serving.inference.wire import unpacked
from credit_risk.zone import Book

NAME = "credit-risk"


@pytest.fixture(scope="module")
def headers(app: FastAPI) -> dict[str, str]:
    return {"X-API-Key": app.state.desk.keys.make("推理客户端", "system", ["tax"])}


def _texts(name: str, values: list[str], binary: bool) -> InferInput:
    tensor = InferInput(name, [len(values)], "BYTES")
    tensor.set_data_from_numpy(np.array(values, dtype=object), binary_data=binary)
    return tensor


@pytest.mark.parametrize("binary", [True, False])
def test_the_triton_client_gets_what_is_published(
    address: str, headers: dict[str, str], book: Book, binary: bool
) -> None:
    table = book.snapshots.read(book.snapshots.current() or "")
    rows = table[table["scorable"]].head(3)
    client = InferenceServerClient(address.removeprefix("http://"))
    assert client.is_server_live() and client.is_server_ready()
    card = client.get_model_metadata(NAME, headers=headers)
    assert card["versions"] == [rows["model_id"].iloc[0]] and client.is_model_ready(NAME, headers=headers)
    asked = [_texts("subject", list(rows["subject"]), binary), _texts("scene", ["tax"], binary)]
    told = client.infer(
        NAME, asked, model_version=card["versions"][0], headers=dict(headers), request_id="一"
    )
    assert list(told.as_numpy("pd")) == list(rows["pd"])
    assert [str(g) for g in told.as_numpy("grade")] == list(rows["grade"])
    one = httpx.post(
        f"{address}/v1/score", json={"subject": rows["subject"].iloc[0], "scene": "tax"}, headers=headers
    ).json()
    assert json.loads(told.as_numpy("reasons")[0]) == one["reasons"]
    only = client.infer(
        NAME, asked, outputs=[InferRequestedOutput("pd", binary_data=False)], headers=dict(headers)
    )
    assert [o["name"] for o in only.get_response()["outputs"]] == ["pd"]
    assert only.get_response()["parameters"]["audit_id"]


def test_keys_scenes_and_places_are_told_as_the_protocol_tells_errors(
    address: str, headers: dict[str, str], book: Book
) -> None:
    table = book.snapshots.read(book.snapshots.current() or "")
    subject = str(table[table["scorable"]]["subject"].iloc[0])
    client = InferenceServerClient(address.removeprefix("http://"))

    def said(subjects: list[str], scene: str, name: str = NAME, **more: object) -> str:
        asked = [_texts("subject", subjects, False), _texts("scene", [scene], False)]
        with pytest.raises(InferenceServerException) as told:
            client.infer(name, asked, **{"headers": dict(headers), **more})
        return f"{told.value.status()} {told.value.message()}"

    assert said([subject], "tax", headers={}).startswith("401")
    assert said([subject], "bidding").startswith("403")
    assert said([subject], "tax", "other").startswith("404")
    assert said([subject], "tax", model_version="old").startswith("404")
    assert said([subject, "nonsense"], "tax").startswith("422 inputs.subject.1")
    quiet = table[~table["scorable"]]["subject"]
    assert "not scorable" in said([subject, str(quiet.iloc[0])], "tax")


@pytest.mark.parametrize(
    ("tail", "length", "said"),
    [
        (b"", "x", "length"),
        (b"", "999999", "length"),
        (b"\x09\x00\x00\x00abc", None, "longer than its tensor"),
        (b"\x03\x00", None, "binary tensors"),
        (b"\x03\x00\x00\x00abc\x00", None, "belong to no tensor"),
    ],
)
def test_binary_tensors_that_do_not_fit_are_refused(tail: bytes, length: str | None, said: str) -> None:
    size = len(tail) - 1 if "belong" in said else len(tail)
    head = json.dumps({"inputs": [{"name": "subject", "parameters": {"binary_data_size": size}}]}).encode()
    with pytest.raises(Refused, match=said):
        unpacked(head + tail, length or str(len(head)))


def test_binary_texts_are_unpacked_in_order() -> None:
    packed = b"".join(struct.pack("<I", len(t.encode())) + t.encode() for t in ("一", "b"))
    head = json.dumps({"inputs": [{"parameters": {"binary_data_size": len(packed)}}]}).encode()
    assert json.loads(unpacked(head + packed, str(len(head))))["inputs"][0]["data"] == ["一", "b"]
