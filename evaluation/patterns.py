"""Patterns against what was planted in the practice zone: precision and recall, and where honest look-alikes alarm.

``python -m evaluation.patterns`` takes the zone in the book's ``var`` (simulated, ingested) and asks at several month
ends. A member is to be found at t once its scheme has run for ``SETTLED`` and until ``FRESH`` after its end.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

import pandas as pd

from credit_risk.graph import Finding, find_patterns
from credit_risk.simulation.truth import Truth, read_truth
from credit_risk.zone import Book
from evaluation.kept import keep

__all__ = ["judged"]

ROOT = Path(__file__).resolve().parents[1]
DATES = ("2025-06-30", "2025-12-31", "2026-06-30")
SETTLED, FRESH = pd.Timedelta(days=120), pd.Timedelta(days=180)
PLANTED = {"carousel": ["carousel"], "shell_cluster": ["shell_cluster"], "nominee": ["shell_cluster", "old_hand"],
           "old_hand": ["old_hand"], "guarantee_circle": []}  # fmt: skip


def main() -> int:
    """Judge every pattern at every date and keep the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.parse_args()
    book = Book.open(ROOT)
    truth = read_truth(book.rules.var / "truth")
    found = {t: judged(find_patterns(book.graph, t), truth, t) for t in DATES}
    keep("patterns", {"enterprises": int(truth.enterprises["inside"].sum()), "dates": found})
    for t, figures in found.items():
        for name, told in figures.items():
            print(t, name, told, file=sys.stderr)
    return 0


def judged(findings: list[Finding], truth: Truth, t: str) -> dict[str, dict[str, Any]]:
    """Return of each pattern: findings, members, precision, recall, and honest look-alikes among the found."""
    day, result = pd.Timestamp(t), {}
    for name, schemes in PLANTED.items():
        members = {m for f in findings if f.pattern == name for m in (f.concerns or f.members)}
        planted = _planted(truth, name, schemes)
        ever = set(planted.loc[planted["first"] <= day, "uscc"])
        due = planted[(planted["first"] + SETTLED <= day) & (planted["last"] + FRESH >= day)]
        wanted = set(due["uscc"])
        alike = truth.look_alikes[truth.look_alikes["uscc"].isin(members - ever)]
        result[name] = {
            "findings": sum(f.pattern == name for f in findings),
            "members": len(members),
            "precision": len(members & ever) / len(members) if members else None,
            "wanted": len(wanted),
            "recall": len(members & wanted) / len(wanted) if wanted else None,
            "look_alikes_alarmed": alike.groupby("kind")["uscc"].nunique().to_dict(),
        }
    return result


def _planted(truth: Truth, name: str, schemes: list[str]) -> pd.DataFrame:
    """Return members with ``first`` and ``last`` day; guarantee circles stand among the structures."""
    if name == "guarantee_circle":
        rows = truth.structures[truth.structures["structure"] == name]
    else:
        rows = truth.schemes[truth.schemes["scheme"].isin(schemes)]
    first, last = (pd.to_datetime(rows[c]) for c in ("first_day", "last_day"))
    return pd.DataFrame(
        {"uscc": rows["uscc"], "first": first, "last": last.fillna(pd.Timestamp.max.normalize())}
    )


if __name__ == "__main__":
    sys.exit(main())
