"""Grades on zones that nobody looked at while the engine was made: ``python -m evaluation.blind 10 11``.

Each seed makes another practice zone, with other enterprises, relations and fates. The champion's recipe is trained on
it as it stands in the book, and every grade is judged on the part out of time as ``grades`` does on the zone of seed 7.
A seed is blind once: from its first run on, and those on which the recipe was made from the start, it is *known*, and
its runs say so. Every run is kept, with the recipe and the simulation that it was of; the same seed, recipe and
simulation again replace it.
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

from credit_risk.simulation import simulation_hash
from credit_risk.zone import Book
from evaluation.ahead import slopes_of
from evaluation.grades import by_grade
from evaluation.kept import KEPT, keep

__all__ = ["judge_blind", "page", "with_run"]

ROOT = Path(__file__).resolve().parents[1]
END = "2026-06-30"
KNOWN = {
    7,
    8,
    9,
}  # 8 and 9 were run with a draw of rows that counted whoever left early more often; not told any more
SHORT = 8


def judge_blind(seed: int, folder: Path) -> dict[str, Any]:
    """Return what ``by_grade`` says of the zone of a seed, and of which recipe and simulation.

    The zone stays in ``folder`` and is used again.
    """
    os.environ["CREDIT_RISK_VAR"] = str(folder / f"seed{seed}")
    book = Book.open(ROOT)
    done = book.rules.var / "read_in"
    if not done.exists():
        _run("simulate", "--seed", str(seed))
        _run("ingest", "--now", f"{END}T23:59:59")
        done.write_text(simulation_hash(), encoding="utf-8")
    trained = book.train(known_at=END)
    return {
        "seed": seed,
        "recipe": trained.training.lineage["recipe"],
        "calibration": trained.recipe.calibration.model_dump(exclude_defaults=True),
        "simulation": done.read_text(encoding="utf-8"),
        "slopes": slopes_of(book, trained),
        **by_grade(trained.model.credit, trained.training.part("test")),
    }


def with_run(runs: list[dict[str, Any]], found: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the runs with one more, which says whether its seed was known; the same again stays what it was."""
    same = [one for one in runs if all(one[key] == found[key] for key in ("seed", "recipe", "simulation"))]
    earlier = KNOWN | {one["seed"] for one in runs}
    told = {**found, "known": same[0]["known"] if same else found["seed"] in earlier}
    return [one for one in runs if one not in same] + [told]


def _run(*words: str) -> None:
    program = "from credit_risk.cli import main; main()"
    subprocess.run([sys.executable, "-c", program, *words], cwd=ROOT, stdout=subprocess.DEVNULL, check=True)


def main() -> int:
    """Judge the seeds asked for and keep them beside those kept before."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("seeds", nargs="+", type=int, help="one that was run before is told as known")
    parser.add_argument("--folder", type=Path, help="where the zones stay; left out, nowhere")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        for seed in asked.seeds:
            found = judge_blind(seed, asked.folder or Path(place))
            path = KEPT / "blind.json"
            runs = json.loads(path.read_text(encoding="utf-8"))["result"]["runs"] if path.exists() else []
            keep("blind", {"runs": with_run(runs, found)})
            inside = sum(one["inside"] for one in found["grades"])
            print(
                f"seed {seed}: {inside} of {len(found['grades'])} grades inside their band", file=sys.stderr
            )
    return 0


def page(kept: dict[str, Any]) -> list[str]:
    """Return the section of ``RESULTS.md``."""
    runs: list[dict[str, Any]] = kept["result"]["runs"]
    chance = sum(one["chance_all_inside"] for one in runs) / len(runs)
    lines = [
        "",
        "## blind",
        "",
        "The same judgement on practice zones of other seeds, with the recipe as it stood; every run is told. *Blind*:",
        "nobody had looked at the zone of that seed before; *known*: somebody had, and so may the recipe.",
        f"Last run {kept['date']}, {kept['machine']}. Observed rate against mean PD; in bold what lies",
        f"outside its 95 % band. A model that is right in every grade has all inside in {chance:.0%} of samples;",
        "within the *joint* band, made for all grades together, in 95 %. *joint* counts the grades within that one.",
        "Recipe and simulation are the first letters of their hashes.",
        "",
    ]
    names = list(dict.fromkeys(one["grade"] for run in runs for one in run["grades"]))
    lines += [
        f"| seed | | recipe | simulation | enterprises | inside | joint | {' | '.join(names)} | Hosmer-Lemeshow p |",
        f"|---|---|---|---|---:|---:|---:|{'---:|' * len(names)}---:|",
    ]
    for run in runs:
        by = {one["grade"]: one for one in run["grades"]}
        cells = [_cell(by[name]) if name in by else "–" for name in names]
        inside, joint = (sum(one[band] for one in run["grades"]) for band in ("inside", "inside_joint"))
        lines.append(
            f"| {run['seed']} | {'known' if run['known'] else '**blind**'} | `{run['recipe'][:SHORT]}` |"
            f" `{run['simulation'][:SHORT]}` | {run['enterprises']:,} | **{inside}** of {len(by)} | {joint} |"
            f" {' | '.join(cells)} | {run['overall']['hosmer_lemeshow_p']:.2f} |"
        )
    calibrations = {run["recipe"][:SHORT]: run["calibration"] for run in runs}
    lines += _ahead([run for run in runs if "slopes" in run])
    said = "; ".join(f"`{name}` {_said(rule)}" for name, rule in calibrations.items())
    lines += ["", f"Calibration by recipe: {said}."]
    return lines


def _ahead(runs: list[dict[str, Any]]) -> list[str]:
    """Return the table of what scores are worth a year ahead; nothing where no run has it."""
    if not runs:
        return []
    lines = [
        "",
        "What a unit of log-odds is worth (Platt's slope): by learners of the same early rows, scoring as-of dates one",
        "horizon later (*out of time*) or their own folds (*out of fold*), both inside the training part; and, of the",
        "calibrated log-odds, on the part out of time (*test*: 1 is right, below 1 too sure).",
        "",
        "| seed | recipe | simulation | out of time | out of fold | test |",
        "|---|---|---|---:|---:|---:|",
    ]
    for run in runs:
        cells = [f"{run['slopes'][key]:.3f}" for key in ("out_of_time", "out_of_fold", "test")]
        lines.append(
            f"| {run['seed']} | `{run['recipe'][:SHORT]}` | `{run['simulation'][:SHORT]}` | {' | '.join(cells)} |"
        )
    return lines


def _said(rule: dict[str, Any]) -> str:
    return ", ".join(f"{key} {value}" for key, value in rule.items()) or "as by default"


def _cell(one: dict[str, Any]) -> str:
    told = f"{one['rate']:.1%} / {one['pd']:.1%}"
    return told if one["inside"] else f"**{told}**"


if __name__ == "__main__":
    sys.exit(main())
