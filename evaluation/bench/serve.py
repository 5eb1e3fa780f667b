"""Explained single scores over HTTP against an empty endpoint of the same app, one client on the same machine."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from credit_risk.serving.access import Keys
from credit_risk.store import open_store
from credit_risk.zone import Book

__all__ = ["Door", "empty", "load", "scores", "serve_against_empty", "served"]

SECONDS, CONNECTIONS, ROUNDS = 2.0, 16, 15
MANY = int(os.environ.get("CREDIT_RISK_BENCH_REQUESTS", "200000"))


def serve_against_empty() -> dict[str, Any]:
    """Single explained scores by USCC with key and audit, against GET /health; batches; memory over many requests.

    20,000 questions are asked again and again; ``first_answers_fraction`` is of others, of which each is asked once, in
    turns with the empty endpoint as well.
    """
    book = Book.open(".")
    with tempfile.TemporaryDirectory() as folder, served(book, Path(folder)) as door:
        asked = scores(book, door.key)
        figures = asyncio.run(_compare(door, asked))
        figures["first_answers_fraction"] = asyncio.run(_first(door, scores(book, door.key, seed=8), asked))
        figures["batch_1000_ms"] = asyncio.run(_batch(book, door))
        figures |= asyncio.run(_memory(door, asked))
    table = book.snapshots.read(book.snapshots.current() or "")
    return figures | {"enterprises": len(table), "connections": CONNECTIONS}


class Door:
    """A service that runs for a benchmark: its port, its key and its process."""

    def __init__(self, port: int, key: str, process: subprocess.Popen[bytes]) -> None:
        self.port, self.key, self.process = port, key, process

    @property
    def resident(self) -> float:
        """Memory of the service and its children in MiB, without pages shared with files."""
        return sum(_rss(pid) for pid in _family(self.process.pid)) / 1024

    def settle(self, seconds: float = 600.0) -> None:
        """Wait until the service has warmed up: until it takes less than a tenth of a core for three seconds.

        Raises RuntimeError when that did not come true in time: what is measured then is not the service.
        """
        ends = time.monotonic() + seconds
        while time.monotonic() < ends:
            before = self._worked
            time.sleep(3.0)
            if self._worked - before < 0.3:
                return
        raise RuntimeError(f"the service did not come to rest within {seconds:g} seconds")

    @property
    def _worked(self) -> float:
        """Seconds of processor that the service and its children have taken."""
        return sum(_worked(pid) for pid in _family(self.process.pid))


@contextmanager
def served(book: Book, folder: Path, database: str | None = None) -> Iterator[Door]:
    """Run ``credit-risk serve`` on a free port with a store of its own; the limits per key are out of the way."""
    url = database or f"sqlite:///{folder / 'operational.db'}"
    os.environ["CREDIT_RISK_DATABASE_URL"] = url
    key = Keys(open_store(book.rules.var), book.rules).make("load", "system", list(book.rules.scenes))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    environment = os.environ | {"CREDIT_RISK_PER_MINUTE": "100000000"}
    command = [
        sys.executable,
        "-c",
        "from credit_risk.cli import main; main()",
        "--book",
        str(book.rules.root),
    ]
    log = (folder / "serve.log").open("wb")
    process = subprocess.Popen(
        [*command, "serve", "--port", str(port)], env=environment, start_new_session=True, stdout=log, stderr=log
    )  # fmt: skip
    try:
        _wait(port, process)
        door = Door(port, key, process)
        door.settle()
        yield door
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(30)
        del os.environ["CREDIT_RISK_DATABASE_URL"]


def empty() -> list[bytes]:
    """Return the empty request."""
    return [b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n"]


def scores(book: Book, key: str, most: int = 20_000, seed: int = 7) -> list[bytes]:
    """Return requests for the scores of enterprises drawn at random, in all scenes."""
    table = book.snapshots.read(book.snapshots.current() or "")
    subjects, scenes = table.loc[table["scorable"], "subject"].tolist(), list(book.rules.scenes)
    draw = random.Random(seed)
    return [
        _post("/v1/score", key, {"subject": draw.choice(subjects), "scene": draw.choice(scenes)})
        for _ in range(most)
    ]


async def load(
    port: int, asked: list[bytes], connections: int, *, seconds: float = 1e9, most: int = 10**9
) -> tuple[np.ndarray[Any, Any], float]:
    """Ask over some connections, each one question after the other; return latencies in seconds and the time taken.

    Raises RuntimeError at the first answer that is not 200.
    """
    latencies: list[float] = []
    ends, place = time.perf_counter() + seconds, iter(range(most))

    async def one() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for number in place:
            started = time.perf_counter()
            if started > ends:
                break
            writer.write(asked[number % len(asked)])
            await _answer(reader)
            latencies.append(time.perf_counter() - started)
        writer.close()

    started = time.perf_counter()
    await asyncio.gather(*[one() for _ in range(connections)])
    return np.array(latencies), time.perf_counter() - started


async def _answer(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    at = head.lower().index(b"content-length:") + 15
    body = await reader.readexactly(int(head[at : head.index(b"\r", at)]))
    if not head.startswith(b"HTTP/1.1 200"):
        raise RuntimeError((head + body).decode())
    return body


async def _compare(door: Door, asked: list[bytes]) -> dict[str, Any]:
    """Take turns, so that what else the machine does falls on both; medians over the rounds."""
    for warm in (empty(), asked):
        await load(door.port, warm, CONNECTIONS, seconds=1.5)
    rounds = []
    for _ in range(ROUNDS):
        taken = {}
        for name, requests in (("empty", empty()), ("score", asked)):
            latencies, seconds = await load(door.port, requests, CONNECTIONS, seconds=SECONDS)
            taken[name] = len(latencies) / seconds, float(np.quantile(latencies, 0.99))
        rounds.append(taken)
    rate = {name: float(np.median([r[name][0] for r in rounds])) for name in ("empty", "score")}
    p99 = {name: float(np.median([r[name][1] for r in rounds])) for name in ("empty", "score")}
    return {
        "fraction_of_empty_endpoint": round(float(np.median([r["score"][0] / r["empty"][0] for r in rounds])), 3),
        "p99_over_empty": round(float(np.median([r["score"][1] / r["empty"][1] for r in rounds])), 2),
        "scores_per_second": round(rate["score"]), "empty_per_second": round(rate["empty"]),
        "p99_ms": round(p99["score"] * 1000, 1), "empty_p99_ms": round(p99["empty"] * 1000, 1),
    }  # fmt: skip


async def _first(door: Door, others: list[bytes], asked: list[bytes]) -> float:
    """Return the fraction for questions of ``others`` that nobody has asked yet, median of turns of half a second."""
    new, fractions = list(dict.fromkeys(others).keys() - set(asked)), []
    while new:
        rates = []
        for requests in (empty(), new):
            latencies, seconds = await load(
                door.port, requests, CONNECTIONS, seconds=SECONDS / 4, most=len(new)
            )
            rates.append(len(latencies) / seconds)
        new = new[len(latencies) :]
        fractions.append(rates[1] / rates[0])
    return round(float(np.median(fractions)), 3)


async def _batch(book: Book, door: Door) -> float:
    table = book.snapshots.read(book.snapshots.current() or "")
    subjects = table.loc[table["scorable"], "subject"].tolist()
    chosen = (subjects * (1000 // len(subjects) + 1))[:1000]
    asked = _post("/v1/scores", door.key, {"subjects": chosen, "scene": "financing"})
    latencies, _ = await load(door.port, [asked], 1, most=12)
    return round(float(np.median(latencies[2:])) * 1000, 1)


async def _memory(door: Door, asked: list[bytes]) -> dict[str, Any]:
    """Return how much the service grew from its first tenth of the requests to the end."""
    await load(door.port, asked, CONNECTIONS, most=MANY // 10)
    before = door.resident
    await load(door.port, asked, CONNECTIONS, most=MANY - MANY // 10)
    return {"rss_growth_mib": round(door.resident - before, 1), "requests": MANY}


def _post(path: str, key: str, body: dict[str, Any]) -> bytes:
    text = orjson.dumps(body)
    head = (
        f"POST {path} HTTP/1.1\r\nHost: localhost\r\nX-API-Key: {key}\r\nContent-Type: application/json\r\n"
    )
    return f"{head}Content-Length: {len(text)}\r\n\r\n".encode() + text


def _wait(port: int, process: subprocess.Popen[bytes]) -> None:
    ends = time.monotonic() + 120
    while time.monotonic() < ends and process.poll() is None:
        try:
            latencies, _ = asyncio.run(load(port, empty(), 1, most=1))
            if len(latencies):
                return
        except (OSError, RuntimeError, asyncio.IncompleteReadError):
            time.sleep(0.3)
    raise RuntimeError("the service did not start")


def _family(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(member for child in children for member in _family(int(child)))]


def _worked(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _rss(pid: int) -> int:
    """Return anonymous memory in KiB: what is mapped from files is shared and can be dropped."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("RssAnon"))
