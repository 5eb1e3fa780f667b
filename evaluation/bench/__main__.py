"""Run the benchmarks asked for and print their figures."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from typing import Any

import evaluation.bench as package
from evaluation.bench.console import console_at_a_million
from evaluation.bench.explain import explain_against_peers
from evaluation.bench.features import features_against_pandas
from evaluation.bench.fresh import fresh_after_a_post
from evaluation.bench.graph import graph_against_networkx
from evaluation.bench.ingest import ingest_against_pandas
from evaluation.bench.judge import judge_against_pandera
from evaluation.bench.serve import serve_against_empty
from evaluation.bench.warn import warn_a_million
from evaluation.kept import keep

BENCHMARKS: dict[str, Callable[[], dict[str, Any]]] = {
    "ingest": ingest_against_pandas,
    "features": features_against_pandas,
    "graph": graph_against_networkx,
    "judge": judge_against_pandera,
    "explain": explain_against_peers,
    "serve": serve_against_empty,
    "warn": warn_a_million,
    "fresh": fresh_after_a_post,
    "console": console_at_a_million,
}


def main() -> None:
    """Run, keep, print."""
    told = "\n".join(
        f"    {name:10} {(run.__doc__ or '').splitlines()[0]}" for name, run in BENCHMARKS.items()
    )
    form = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=f"{package.__doc__}\n{told}", formatter_class=form)
    parser.add_argument("names", nargs="*", help=f"{', '.join(BENCHMARKS)}; all by default")
    parser.add_argument("--json", action="store_true", help="print one JSON object a line")
    asked = parser.parse_args()
    unknown = set(asked.names) - set(BENCHMARKS)
    if unknown:
        parser.error(f"no benchmark {sorted(unknown)[0]!r}; there are: {', '.join(BENCHMARKS)}")
    for name in asked.names or BENCHMARKS:
        figures = BENCHMARKS[name]()
        keep(name, figures)
        print(json.dumps(figures) if asked.json else f"{name}: {figures}")


if __name__ == "__main__":
    main()
