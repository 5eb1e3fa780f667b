"""Evaluate the practice zone and the public cases and write ``evaluation/RESULTS.md``.

``python -m evaluation.results`` runs everything (the public cases need ``CREDIT_RISK_DATA``); ``--page-only`` writes
the page again from the figures kept in ``evaluation/results``.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from credit_risk.evaluation.result import results_together
from credit_risk.simulation import simulation_hash
from credit_risk.zone import Book
from evaluation import attention, blind, contract, grades, kill, recomputed
from evaluation.graph_page import graph_sections
from evaluation.kept import KEPT, keep
from evaluation.oracle import oracle_part
from evaluation.warnings_page import warning_sections

HERE = Path(__file__).parent
CASES = {
    "us_bankruptcy": "US listed companies, bankruptcy in the next year (Lombardo et al. 2022)",
    "smesd": "Chinese SMEs with persons and lawsuits, bankruptcy (Wei et al. 2024)",
    "interbank": "4,548 banks, next quarter's rating 1 to 4 (AI4Risk interbank), walked forward year by year",
    "sme_invoices": "Chinese enterprises by their invoices, collapse of sales next quarter (CUMCM 2020 C)",
}
METRICS = {
    "accuracy": "accuracy",
    "roc_auc": "ROC-AUC",
    "roc_auc_mean_of_seeds": "ROC-AUC, mean of seeds",
    "pr_auc": "PR-AUC",
    "ks": "KS",
    "macro_f1": "macro-F1",
    "brier": "Brier",
    "log_loss": "log-loss",
    "ece": "ECE",
    "precision_at_5": "precision, top 5 %",
    "precision_at_10": "precision, top 10 %",
    "caught_at_5": "onsets caught, top 5 %",
    "caught_at_10": "onsets caught, top 10 %",
    "lead_at_5": "lead in months, top 5 %",
    "lead_at_10": "lead in months, top 10 %",
    "brier_population": "Brier, population",
    "log_loss_population": "log-loss, population",
    "ece_population": "ECE, population",
}
BENCHMARKS = {
    "ingest": "the files of a practice zone of 20,000 enterprises and 60 months: read, judged, coded, stored, asked",
    "judge": "a million rows of a practice zone's declarations, dirt included: read, cleaned, typed, judged",
    "explain": "exact Shapley values, CPU time of one thread; float32 where not said otherwise",
    "graph": "all relational indicators of a million enterprises, propagation, paths; networkx on a sample",
    "features": "indicators of one as-of date",
    "warn": "nightly warnings",
    "fresh": "a posted record to the new scores of its enterprise and of everybody near, one after the other",
    "console": "server time of the console's pages in milliseconds: the median, and the very first call",
    "serve": "explained scores over HTTP",
}
PROOFS = {"contract": contract.page, "kill": kill.page, "recomputed": recomputed.page}
ZONE = "practice zone, seed 7, 15,000 enterprises and 45,000 outside, 60 months; simulated; *oracle* is the hidden risk"
END = "2026-06-30"


def main() -> int:
    """Run the evaluations that were asked for and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--page-only", action="store_true", help="write the page from the kept figures")
    parser.add_argument(
        "names",
        nargs="*",
        help="zone, oracle, grades, warnings, names of cases, or CASE/RECIPE for one of its recipes; all by default",
    )
    asked = parser.parse_args()
    if not asked.page_only:
        for name in asked.names or ["zone", "oracle", "grades", "warnings", *CASES]:
            case, _, recipe = name.partition("/")
            keep("zone" if name == "oracle" else case, _one(case, recipe) if recipe else _evaluated(name))
    (HERE / "RESULTS.md").write_text(_page(), encoding="utf-8")
    return 0


def _evaluated(name: str) -> dict[str, Any]:
    if name == "oracle":
        return _with_oracle()
    if name == "grades":
        return grades.judge_grades(Book.open(HERE.parent), END)
    if name == "warnings":
        subprocess.run([sys.executable, "-m", "evaluation.warnings", "--keep"], check=True, cwd=HERE.parent)
        kept: dict[str, Any] = json.loads((KEPT / "warnings.json").read_text(encoding="utf-8"))["result"]
        return kept
    if name != "zone":
        if "CREDIT_RISK_DATA" not in os.environ:
            sys.exit(f"{name}: set CREDIT_RISK_DATA to the folder of the public data sets")
        case = HERE / "cases" / name
        if missing := Book.open(case).missing_learners():
            sys.exit(
                f"{name}: {', '.join(missing)}: the figures of a network need the extra graph (lock/graph.txt)"
            )
        return _run("--book", str(case), "evaluate", "--json")
    _run("simulate", capture=False)
    _run("ingest", "--now", f"{END}T23:59:59", capture=False)
    told = _run("train", "--known-at", END, "--beside", "--json")
    return {**told, "simulation": simulation_hash()}


def _one(case: str, recipe: str) -> dict[str, Any]:
    """Return the kept figures of a case with one recipe judged anew, or added."""
    found = _run("--book", str(HERE / "cases" / case), "evaluate", recipe, "--json")
    kept = json.loads((KEPT / f"{case}.json").read_text(encoding="utf-8"))["result"]
    results = {one["recipe"]: one for one in kept.get("results", [kept])}
    return results_together(case, list({**results, recipe: found}.values()))


def _with_oracle() -> dict[str, Any]:
    """Return the kept figures of the zone with the oracle's beside them."""
    kept: dict[str, Any] = json.loads((KEPT / "zone.json").read_text(encoding="utf-8"))["result"]
    book = Book.open(HERE.parent)
    for result in kept["results"]:
        result["parts"]["test_oracle"] = oracle_part(book, result["recipe"], END)
    return kept


def _run(*words: str, capture: bool = True) -> dict[str, Any]:
    program = [sys.executable, "-c", "from credit_risk.cli import main; main()", *words]
    done = subprocess.run(program, check=True, stdout=subprocess.PIPE, text=True, cwd=HERE.parent)
    found: dict[str, Any] = json.loads(done.stdout) if capture else {}
    return found


def _page() -> str:
    lines = [
        "# Results",
        "",
        "Written by `make results`; nothing here is typed by hand. Each figure stands above its 95 % interval",
        "(bootstrap over enterprises, 2,000 draws). Recipes were chosen by cross-validation inside the training part",
        "and by validation, committed, and only then judged on test. *Population* figures are weighted to the bad rate",
        "that the book states. What each part leaves out is told in the case's own README.",
    ]
    for name, title in {"zone": ZONE, **CASES}.items():
        path = KEPT / f"{name}.json"
        if path.exists():
            lines += _sections(name, title, json.loads(path.read_text(encoding="utf-8")))
    if (KEPT / "attention.json").exists():
        lines += attention.page(json.loads((KEPT / "attention.json").read_text(encoding="utf-8")))
    if (KEPT / "grades.json").exists():
        lines += grades.page(json.loads((KEPT / "grades.json").read_text(encoding="utf-8")))
    if (KEPT / "blind.json").exists():
        lines += blind.page(json.loads((KEPT / "blind.json").read_text(encoding="utf-8")))
    lines += warning_sections(KEPT)
    lines += graph_sections(KEPT)
    for name, section in PROOFS.items():
        if (KEPT / f"{name}.json").exists():
            lines += section(json.loads((KEPT / f"{name}.json").read_text(encoding="utf-8")))
    lines += [
        "",
        "## Benchmarks",
        "",
        "Ratios taken in one run, above 1 the engine is faster; measured by `make bench`.",
    ]
    for name, title in BENCHMARKS.items():
        path = KEPT / f"{name}.json"
        if path.exists():
            lines += _benchmark(name, title, json.loads(path.read_text(encoding="utf-8")))
    return "\n".join(lines) + "\n"


def _benchmark(name: str, title: str, kept: dict[str, Any]) -> list[str]:
    figures = [f"| {key} | {value} |" for key, value in _flat(kept["result"])]
    head = [f"{title}. {kept['date']}, {kept['machine']}.", "", "| figure | value |", "|---|---:|"]
    return ["", f"### {name}", "", *head, *figures]


def _shown(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:,}"


def _flat(found: dict[str, Any], before: str = "") -> list[tuple[str, str]]:
    """Return figures as text, one a line, those of a table within the table's name before them."""
    flat: list[tuple[str, str]] = []
    for key, value in found.items():
        if isinstance(value, dict):
            flat += _flat(value, f"{before}{key}: ")
        else:
            told = ", ".join(map(str, value)) or "–" if isinstance(value, list) else _shown(value)
            flat.append((before + key, told))
    return flat


def _sections(name: str, title: str, kept: dict[str, Any]) -> list[str]:
    several = kept["result"].get("results", [kept["result"]])
    return [line for one in several for line in _section(name, title, {**kept, "result": one})]


def _section(name: str, title: str, kept: dict[str, Any]) -> list[str]:
    result = kept["result"]
    shown = {k: t for k, t in METRICS.items() if any(k in p["metrics"] for p in result["parts"].values())}
    lines = [
        "",
        f"## {name}: {result['recipe']}",
        "",
        f"{title}. {kept['date']}, {kept['machine']}.",
        *([f"Late blend with {blend}."] if (blend := result["lineage"].get("blend")) else []),
        "",
        "| part | rows | bad | " + " | ".join(shown.values()) + " |",
        "|---|---:|---:|" + "---:|" * len(shown),
    ]
    for part, judged in result["parts"].items():
        cells = [_cell(judged["metrics"].get(k)) for k in shown]
        lines.append(
            f"| {part} | {judged['n']:,} | {_rate(judged['bad_rate'])} | " + " | ".join(cells) + " |"
        )
    return lines


def _rate(rate: float | None) -> str:
    return "–" if rate is None else f"{rate:.1%}"


def _cell(interval: dict[str, float | None] | None) -> str:
    if interval is None or interval["value"] is None:
        return "–"
    low, high = interval["low"], interval["high"]
    bounds = "" if low is None or high is None else f"<br>{low:.3f}–{high:.3f}"
    return f"**{interval['value']:.3f}**{bounds}"


if __name__ == "__main__":
    sys.exit(main())
