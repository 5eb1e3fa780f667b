"""Hold the API to its own OpenAPI with calls that schemathesis draws: ``python -m evaluation.contract``.

It takes the book's zone (``credit-risk demo`` makes one) and works on a copy, once with each kind of store: all checks,
examples, boundaries, random calls right and wrong, and chains of calls. No answer may be a 5xx, break the schema, hold
a NaN or show a stack trace.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

from fastapi import FastAPI

from credit_risk.book import Rules, open_rules
from credit_risk.explain.snapshot import Snapshots
from credit_risk.serving.api import create_app
from credit_risk.serving.desk import Desk
from evaluation.disposable import STORES, copy_zone, listening, store
from evaluation.kept import KEPT, keep

__all__ = ["at_ease", "drawn", "page"]

HERE = Path(__file__).parent
CASES = 20_000
EACH = 100  # random calls for an operation in a phase
PATIENCE = 120  # seconds after which an answer is not waited for: a busy machine is no failure
SLOWEST = 10  # seconds that an answer may take where the machine has little else to do
SHARE = 0.7  # of the words with a meaning are of those that exist


def drawn(
    app: FastAPI, address: str, folder: Path, each: int, seed: int = 7, slowest: int = SLOWEST
) -> dict[str, Any]:
    """Return what schemathesis says of an app that answers at ``address``.

    ``each`` is the most random calls for an operation in a phase; another ``seed`` draws others; an answer that takes
    more than ``slowest`` seconds is a failure. Raises
    CalledProcessError when it could not run.
    """
    desk: Desk = app.state.desk
    key = desk.keys.make("契约 contract", "contract", list(desk.rules.scenes))
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "schemathesis.toml").write_text(_words(desk), encoding="utf-8")
    report = folder / "report.json"
    done = subprocess.run(
        [
            sys.executable, "-m", "schemathesis.cli", "--no-color", "--config-file", str(folder / "schemathesis.toml"),
            "run", f"{address}/openapi.json", "--checks", "all", "--max-examples", str(each), "--seed", str(seed),
            "--header", f"X-API-Key: {key}", "--continue-on-failure", "--suppress-health-check", "all",
            "--request-timeout", str(PATIENCE), "--max-response-time", str(slowest),
            "--report", "json", "--report-json-path", str(report),
        ],
        env=os.environ | {"SCHEMATHESIS_HOOKS": str(HERE / "contract_checks.py")},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, cwd=folder,
    )  # fmt: skip
    (folder / "told.txt").write_text(done.stdout, encoding="utf-8")
    if not report.is_file():
        raise subprocess.CalledProcessError(done.returncode, "schemathesis", done.stdout)
    told = json.loads(report.read_text(encoding="utf-8"))
    return {
        "operations": told["operations"]["tested"], "cases": told["test_cases"]["generated"],
        "with_failures": told["test_cases"]["with_failures"], "errors": len(told["errors"]),
        "failures": {f["title"]: f["count"] for f in told["failures"]},
        "answered": sum(rate["accepted"] for label in told["valid_rates"].values() for rate in label.values()),
        "phases": {name: phase["status"] for name, phase in told["phases"].items()},
    }  # fmt: skip


def at_ease(rules: Rules) -> Rules:
    """Return rules with one more role, which may do everything the API offers, and with no limits in the way."""
    every = sorted({act for role in rules.roles.values() for act in role.may})
    role = next(iter(rules.roles.values())).model_copy(update={"role": "contract", "may": every})
    most = {"per_minute": 10**9, "failures_per_minute": 10**9}
    service = rules.settings.service.model_copy(update=most)
    settings = rules.settings.model_copy(update={"service": service})
    return replace(rules, roles=rules.roles | {"contract": role}, settings=settings)


def _words(desk: Desk) -> str:
    """Return the configuration with the words of this zone that mean something."""
    published = desk.published()
    scores = published.scores if published else {}
    words = {
        "subject": [str(s) for s in list(getattr(scores, "index", []))[:200]],
        "scene": list(desk.rules.scenes),
        "source": [source.source for source in desk.rules.sources.values()],
        "case_id": [case.case_id for case in desk.ledger.queue().cases[:50]] or ["none"],
        "name": ["credit-risk"],
    }
    places = {
        "subject": ["path.subject", "body.subject", "body.subjects[*]"], "scene": ["query.scene", "body.scene"],
        "source": ["body.source"], "case_id": ["path.case_id"], "name": ["path.name"],
    }  # fmt: skip
    lines = [(HERE / "contract.toml").read_text(encoding="utf-8")]
    lines += [f"[dictionaries.{name}]\nvalues = {json.dumps(values)}" for name, values in words.items()]
    lines += ["[parameters]"]
    lines += [
        f'"{place}" = {{ dictionary = "{name}", probability = {SHARE} }}'
        for name, where in places.items()
        for place in where
    ]
    return "\n".join(lines) + "\n"


def main() -> int:
    """Run on each kind of store, keep what was found; 1 when anything failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=CASES, help="cases on each store, at least")
    parser.add_argument(
        "--store", choices=STORES, action="append", help="only this one; the other's figures stay"
    )
    asked = parser.parse_args()
    rules, found = open_rules(HERE.parent), dict[str, Any]()
    day = str(Snapshots(rules.var / "snapshots").current())[:10]
    with tempfile.TemporaryDirectory() as place:
        copy_zone(rules.var, Path(place) / "zone" / rules.settings.name)
        os.environ |= {"CREDIT_RISK_VAR": str(Path(place) / "zone"), "CREDIT_RISK_TODAY": day}
        for name in asked.store or STORES:
            with store(name, Path(place) / name) as url:
                os.environ["CREDIT_RISK_DATABASE_URL"] = url
                app = create_app(at_ease(open_rules(HERE.parent)))
                with listening(app) as address:
                    found[name] = _until(app, address, Path(place) / f"contract-{name}", asked.cases)
                    print(json.dumps({name: found[name]}, ensure_ascii=False), flush=True)
                    if found[name]["with_failures"] or found[name]["errors"]:
                        for told in sorted((Path(place) / f"contract-{name}").glob("*/told.txt")):
                            print(told.read_text(encoding="utf-8"), flush=True)
    path = KEPT / "contract.json"
    kept = json.loads(path.read_text(encoding="utf-8"))["result"] if path.exists() else {}
    keep("contract", {**kept, **found})
    return int(any(one["with_failures"] or one["errors"] for one in found.values()))


def _until(app: FastAPI, address: str, folder: Path, cases: int) -> dict[str, Any]:
    """Draw with one seed after another until there are as many cases as were asked for; return the sums."""
    began, seed, found = time.monotonic(), 7, dict[str, Any]()
    while found.get("cases", 0) < cases:
        one = drawn(app, address, folder / str(seed), EACH, seed)
        sums = {
            name: found.get(name, 0) + one[name] for name in ("cases", "with_failures", "errors", "answered")
        }
        failures = Counter(found.get("failures", {})) + Counter(one["failures"])
        found = one | sums | {"failures": dict(failures), "seeds": [*found.get("seeds", []), seed]}
        print(
            f"{found['cases']:,} cases, {found['with_failures']} with failures", file=sys.stderr, flush=True
        )
        seed += 1
    return found | {"seconds": round(time.monotonic() - began)}


def page(kept: dict[str, Any]) -> list[str]:
    """Return the section of ``RESULTS.md``."""
    lines = [
        "",
        "## contract",
        "",
        f"Calls drawn by schemathesis from the OpenAPI, all checks. {kept['date']}, {kept['machine']}.",
        "",
        "| store | operations | cases | answered 2xx | with failures |",
        "|---|---:|---:|---:|---:|",
    ]
    return lines + [
        f"| {name} | {f['operations']} | {f['cases']:,} | {f['answered']:,} | {f['with_failures']:,} |"
        for name, f in kept["result"].items()
    ]


if __name__ == "__main__":
    sys.exit(main())
