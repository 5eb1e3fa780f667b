"""Callers who read scores and post records until they are told to stop, and judge every answer they get."""

from __future__ import annotations

import random
import threading
from dataclasses import dataclass, field
from typing import Any

import httpx

__all__ = ["Told", "in_all", "post", "read", "receive"]

SOURCE = "admin_penalty_department"
MANY = 60  # enterprises that callers speak of


@dataclass
class Told:
    """What callers were told, what they posted without being told of it, and what was wrong."""

    scores: int = 0
    batches: int = 0
    receipts: dict[str, str] = field(default_factory=dict)  # number of the record -> receipt
    audit_ids: set[str] = field(default_factory=set)
    in_doubt: dict[str, dict[str, Any]] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)
    snapshots: set[str] = field(default_factory=set)
    fresh: set[tuple[str, str, float, str, float]] = field(
        default_factory=set
    )  # snapshot, subject, what was told


def in_all(expected: dict[str, Any]) -> list[str]:
    """Return enterprises that all of the snapshots have: few, so that what was posted is asked about soon."""
    everybody = sorted(set.intersection(*(set(scores) for scores in expected.values())))
    return random.Random(MANY).sample(everybody, min(MANY, len(everybody)))


def read(
    address: str, key: str, expected: dict[str, Any], told: Told, over: threading.Event, seed: float
) -> None:
    """Ask for scores, one or twenty at a time, until ``over`` or nobody answers.

    ``expected`` gives PD, grade and score by subject for each snapshot of which copies may be published meanwhile.
    """
    draw, subjects = random.Random(seed), in_all(expected)
    with httpx.Client(base_url=address, headers={"X-API-Key": key}, timeout=60) as client:
        while not over.is_set():
            try:
                if draw.random() < 0.2:
                    asked = {"subjects": draw.sample(subjects, 20), "scene": "financing"}
                    _judge_batch(client.post("/v1/scores", json=asked), expected, told)
                else:
                    asked = {"subject": draw.choice(subjects), "scene": "financing"}
                    _judge_score(client.post("/v1/score", json=asked), expected, told)
            except httpx.TransportError:
                return


def _judge_score(answer: httpx.Response, expected: dict[str, Any], told: Told) -> None:
    if answer.status_code != 200:
        told.wrong.append(f"{answer.status_code} {answer.text[:200]}")
        return
    one = answer.json()
    _judge(one, one["snapshot_id"], expected, told)
    told.audit_ids.add(one["audit_id"])
    told.snapshots.add(one["snapshot_id"])
    told.scores += 1


def _judge_batch(answer: httpx.Response, expected: dict[str, Any], told: Told) -> None:
    if answer.status_code != 200:
        told.wrong.append(f"{answer.status_code} {answer.text[:200]}")
        return
    whole = answer.json()
    for one in whole["items"]:
        _judge(one, whole["snapshot_id"], expected, told)
    told.audit_ids.add(whole["audit_id"])
    told.batches += 1


def _judge(one: dict[str, Any], snapshot_id: str, expected: dict[str, Any], told: Told) -> None:
    """Note a score that is not, as a whole, the one of the snapshot it names."""
    subject = one["subject"]
    total = one["base_points"] + one["other_points"] + sum(reason["points"] for reason in one["reasons"])
    if round(total, 1) != one["score"]:
        told.wrong.append(f"{subject}: {total} points told of {one['score']}")
    if "fresh" in one["flags"]:
        told.fresh.add((snapshot_id, subject, one["pd"], one["grade"], one["score"]))
        return
    right = next(scores for original, scores in expected.items() if snapshot_id.startswith(original))[subject]
    if (one["pd"], one["grade"], one["score"]) != right:
        told.wrong.append(f"{subject}: {one['pd']} of {snapshot_id} is not {right}")


def post(
    address: str, key: str, day: str, subjects: list[str], told: Told, over: threading.Event, name: str
) -> None:
    """Post penalties of ``day`` one by one, each under a key of its own, until ``over`` or nobody answers."""
    draw = random.Random(name)
    with httpx.Client(base_url=address, headers={"X-API-Key": key}, timeout=60) as client:
        for n in range(10_000):
            if over.is_set():
                return
            number = f"k{name}-{n}"
            body = _penalty(draw.choice(subjects), number, day)
            told.in_doubt[number] = body
            try:
                answer = client.post("/v1/records", json=body, headers={"Idempotency-Key": number})
            except httpx.TransportError:
                return
            receive(answer, number, told)


def receive(answer: httpx.Response, number: str, told: Told) -> None:
    """Keep what the answer to a post says."""
    if answer.status_code != 201 or answer.json()["new"] != 1:
        told.wrong.append(f"{answer.status_code} {answer.text[:200]}")
        return
    told.receipts[number] = answer.json()["receipt_id"]
    told.audit_ids.add(answer.json()["audit_id"])
    told.in_doubt.pop(number)


def _penalty(subject: str, number: str, day: str) -> dict[str, Any]:
    row = {
        "subject": subject, "source_record_id": number, "event_date": day, "field": "market", "severity": "minor",
        "simple": "false", "fine": 1000, "usable_until": f"{int(day[:4]) + 3}{day[4:]}",
    }  # fmt: skip
    return {"source": SOURCE, "rows": [row]}
