"""Grades on zones that nobody looked at while the engine was made: ``python -m evaluation.blind 8 9``.

Each seed makes another practice zone, with other enterprises, relations and fates. The champion's recipe is trained on
it as it stands in the book, and every grade is judged on the part out of time as ``grades`` does on the zone of seed 7,
on which the recipe was made. Every seed that was ever run is kept and told.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from credit_risk.zone import Book
from evaluation.grades import by_grade
from evaluation.kept import KEPT, keep

__all__ = ["judge_blind", "page"]

ROOT = Path(__file__).resolve().parents[1]
END = "2026-06-30"


def judge_blind(seed: int, folder: Path) -> dict[str, Any]:
    """Return what ``by_grade`` says of the zone of a seed; the zone stays in ``folder`` and is used again."""
    os.environ["CREDIT_RISK_VAR"] = str(folder / f"seed{seed}")
    book = Book.open(ROOT)
    done = book.rules.var / "read_in"
    if not done.exists():
        _run("simulate", "--seed", str(seed))
        _run("ingest", "--now", f"{END}T23:59:59")
        done.touch()
    trained = book.train(known_at=END)
    return by_grade(trained.model.credit, trained.training.part("test"))


def _run(*words: str) -> None:
    program = "from credit_risk.cli import main; main()"
    subprocess.run([sys.executable, "-c", program, *words], cwd=ROOT, stdout=subprocess.DEVNULL, check=True)


def main() -> int:
    """Judge the seeds asked for and keep them beside those kept before."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("seeds", nargs="+", type=int, help="any but 7, on which the recipe was made")
    parser.add_argument("--folder", type=Path, help="where the zones stay; left out, nowhere")
    asked = parser.parse_args()
    if 7 in asked.seeds:
        parser.error("seed 7 is the zone on which the recipe was made: python -m evaluation.results grades")
    with tempfile.TemporaryDirectory() as place:
        for seed in asked.seeds:
            found = judge_blind(seed, asked.folder or Path(place))
            path = KEPT / "blind.json"
            kept = json.loads(path.read_text(encoding="utf-8"))["result"] if path.exists() else {}
            keep("blind", {**kept, str(seed): found})
            inside = sum(one["inside"] for one in found["grades"])
            print(
                f"seed {seed}: {inside} of {len(found['grades'])} grades inside their band", file=sys.stderr
            )
    return 0


def page(kept: dict[str, Any]) -> list[str]:
    """Return the section of ``RESULTS.md``."""
    lines = [
        "",
        "## blind",
        "",
        "The same judgement on practice zones of other seeds, each looked at once, with the recipe as it stood; every",
        f"seed that was run is told. {kept['date']}, {kept['machine']}. Observed rate against mean PD; in bold what",
        "lies outside its 95 % band.",
        "",
    ]
    zones: dict[str, Any] = kept["result"]
    names = [one["grade"] for one in next(iter(zones.values()))["grades"]]
    lines += [
        f"| seed | enterprises | inside | {' | '.join(names)} | Hosmer-Lemeshow p |",
        f"|---|---:|---:|{'---:|' * len(names)}---:|",
    ]
    for seed, found in zones.items():
        by = {one["grade"]: one for one in found["grades"]}
        cells = [_cell(by[name]) if name in by else "–" for name in names]
        inside = sum(one["inside"] for one in found["grades"])
        lines.append(
            f"| {seed} | {found['enterprises']:,} | **{inside}** of {len(by)} | {' | '.join(cells)} |"
            f" {found['overall']['hosmer_lemeshow_p']:.2f} |"
        )
    return lines


def _cell(one: dict[str, Any]) -> str:
    told = f"{one['rate']:.1%} / {one['pd']:.1%}"
    return told if one["inside"] else f"**{told}**"


if __name__ == "__main__":
    sys.exit(main())
