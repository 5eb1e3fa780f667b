"""Server time of every page of the console on a million enterprises and a hundred thousand warnings.

The published zone of the book is laid side by side (``laid_out.py``), the service's app is called in this process, and
each page is asked for several times, each time of another enterprise or case. ``first_ms`` is the very first call of a
page after the service has warmed up. ``graph_ms`` is what Chromium takes from asking for the relation graph of some
300 nodes until it is drawn; it is left out where there is no Chromium. ``CREDIT_RISK_BENCH_ENTERPRISES`` and
``CREDIT_RISK_BENCH_WARNINGS`` ask for another size, ``CREDIT_RISK_BENCH_FOLDER`` is where the laid out zone stays from
run to run.
"""

from __future__ import annotations

import os
import re
import resource
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import uvicorn
from fastapi import FastAPI
from fastapi.testclient import TestClient
from playwright.sync_api import sync_playwright

from credit_risk.book import open_rules
from credit_risk.serving.api import create_app
from credit_risk.serving.console import warm_up
from credit_risk.serving.desk import Desk
from credit_risk.zone import Book
from evaluation.bench.laid_out import fill_ledger, lay_out

__all__ = ["console_at_a_million"]

ROOT = Path(__file__).resolve().parents[2]
ENTERPRISES, WARNINGS, TIMES = 1_000_000, 100_000, 7
PASSWORD = "bench-of-pages"
CHROMIUM = "/usr/bin/chromium"
PEOPLE = {"wang": "supervisor", "chen": "analyst", "sun": "auditor", "qian": "administrator"}


def console_at_a_million(enterprises: int = ENTERPRISES, warnings: int = WARNINGS) -> dict[str, Any]:
    """Return enterprises, warnings, records, warm_seconds, worst_ms and per page its median and first milliseconds."""
    book = Book.open(ROOT)
    base = book.snapshots.read(book.snapshots.current() or "")
    copies = -(-int(os.environ.get("CREDIT_RISK_BENCH_ENTERPRISES", enterprises)) // len(base))
    warnings = int(os.environ.get("CREDIT_RISK_BENCH_WARNINGS", warnings))
    kept = os.environ.get("CREDIT_RISK_BENCH_FOLDER")
    with tempfile.TemporaryDirectory() as folder:
        var = Path(kept or folder) / book.rules.settings.name
        rows = _laid_out(book, var, copies)
        os.environ["CREDIT_RISK_VAR"] = str(var.parent)
        os.environ["CREDIT_RISK_TODAY"] = str(base["as_of"].iloc[0].date())
        rules = open_rules(ROOT)
        app = create_app(rules)
        desk: Desk = app.state.desk
        if not desk.people.all():
            fill_ledger(desk.engine, book, warnings)
            for user, role in PEOPLE.items():
                desk.people.add(user, user, role, PASSWORD)
        began = time.perf_counter()
        warm_up(desk)
        warmed = time.perf_counter() - began
        pages = _timed(app, desk)
        drawn = _drawn(app, desk)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    slow = sorted(name for name, (middle, _) in pages.items() if middle > 300)
    return {
        "enterprises": len(base) * copies,
        "warnings": warnings,
        "records": rows,
        "warm_seconds": round(warmed, 1),
        "peak_gib": round(peak, 2),
        "worst_ms": max(middle for middle, _ in pages.values()),
        "slow": slow,
        "pages_ms": {name: middle for name, (middle, _) in pages.items()},
        "first_ms": {name: first for name, (_, first) in pages.items()},
        **drawn,
    }


def _laid_out(book: Book, var: Path, copies: int) -> int:
    """Lay the zone out unless it was before; return its stored rows."""
    note = var / "laid"
    if not note.exists():
        note.write_text(str(lay_out(book, var, copies)), encoding="utf-8")
    return int(note.read_text(encoding="utf-8"))


def _timed(app: FastAPI, desk: Desk) -> dict[str, tuple[float, float]]:
    published = desk.published()
    assert published is not None
    table = desk.boards.now(published.snapshot_id, published.directory).table
    cases = table["case_id"].iloc[:: max(1, len(table) // 50)].tolist()
    scored = published.scores.index[published.scores["scorable"]]
    subjects = scored[~scored.str.contains("-")].tolist()  # the first copy has all its records
    own = {
        "queue": lambda i: f"/console/?page={i + 1}",
        "queue filtered": lambda i: f"/console/?level=orange&q=国际&page={i + 1}",
        "case": lambda i: f"/console/cases/{cases[i]}",
        "search": lambda i: f"/console/search?q=上海{'泰联恒创远洋华海'[i]}",
        "portfolio": lambda i: "/console/portfolio",
        "sources": lambda i: "/console/sources",
    }
    for tab in (
        "",
        "/relations?hops=2",
        "/relations?hops=4",
        "/archive",
        "/standing",
        "/report",
        "/timeline.svg",
        "/profile.svg",
        "/report/financing",
        "/what-if",
    ):
        own[f"enterprise{tab}"] = lambda i, tab=tab: (
            f"/console/enterprises/{subjects[i % len(subjects)]}{tab}"
        )
    others = {
        "chen": ["models", "models/credit-12m", "dictionary", "quarantine", "identity"],
        "sun": ["audit"],
        "qian": ["people"],
    }
    found = _ask(app, "wang", own)
    for user, names in others.items():
        found |= _ask(app, user, {name: lambda i, name=name: f"/console/{name}" for name in names})
    return found


def _ask(app: FastAPI, user: str, pages: dict[str, Callable[[int], str]]) -> dict[str, tuple[float, float]]:
    found = {}
    with TestClient(app) as client:
        client.post("/console/sign-in", data={"user": user, "password": PASSWORD})
        for name, address in pages.items():
            taken = []
            for i in range(TIMES + 1):
                began = time.perf_counter()
                answer = client.get(address(i))
                taken.append((time.perf_counter() - began) * 1000)
                if answer.status_code != 200:
                    raise RuntimeError(f"{address(i)}: {answer.status_code}")
            found[name] = round(median(taken[1:]), 1), round(taken[0], 1)
    return found


def _drawn(app: FastAPI, desk: Desk) -> dict[str, float]:
    """Return nodes and milliseconds of a large relation graph in Chromium."""
    if not Path(CHROMIUM).exists():
        return {}
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error"))
    threading.Thread(target=server.run, daemon=True).start()
    while not server.started:
        time.sleep(0.05)
    address = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    published = desk.published()
    assert published is not None
    subjects = published.scores.index[published.scores["scorable"]][:: max(1, len(published.scores) // 40)]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.goto(f"{address}/console/sign-in")
        page.fill("[name=user]", "wang")
        page.fill("[name=password]", PASSWORD)
        page.press("[name=password]", "Enter")
        page.wait_for_url("**/console/**")
        most, taken = 0, []
        for subject in subjects:
            began = time.perf_counter()
            page.goto(f"{address}/console/enterprises/{subject}/relations?hops=4", wait_until="load")
            page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
            spent = (time.perf_counter() - began) * 1000
            nodes = len(re.findall("data-node=", page.content()))
            most = max(most, nodes)
            if nodes >= 290:
                taken.append(spent)
            if len(taken) == TIMES:
                break
        browser.close()
    server.should_exit = True
    return {"graph_nodes": most} | ({"graph_ms": round(median(taken), 1)} if taken else {})
