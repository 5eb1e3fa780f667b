"""Patterns against what was planted in the practice zone: precision and recall, and where honest look-alikes alarm.

``python -m evaluation.patterns`` takes the zone in the book's ``var`` (simulated, ingested) and asks at several month
ends. A member is to be found at t once its scheme has run for ``SETTLED`` and until ``FRESH`` after its end; a circle
of guarantees while it is closed. Hard negatives are named: who looks like the pattern and is none.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

import networkx as nx
import pandas as pd

from credit_risk.graph import Finding, find_patterns
from credit_risk.simulation.truth import Truth, read_truth
from credit_risk.zone import Book
from evaluation.kept import keep

__all__ = ["judged"]

ROOT = Path(__file__).resolve().parents[1]
DATES = ("2025-06-30", "2025-12-31", "2026-06-30")
SETTLED, FRESH = pd.Timedelta(days=120), pd.Timedelta(days=180)
PLANTED = {
    "carousel": "carousel",
    "shell_cluster": "shell_cluster",
    "nominee": "shell_cluster",
    "old_hand": "old_hand",
    "guarantee_circle": "",
}
SCHEMES = ("carousel", "shell_cluster", "old_hand")
HARD = {
    "carousel": ["honest_ring"],
    "shell_cluster": ["family", "incubated", "newcomer", "fast_starter"],
    "nominee": ["family", "incubated", "newcomer", "simple_penalty"],
    "old_hand": ["family", "incubated", "newcomer"],
    "guarantee_circle": ["open_circle", "family"],
}


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
    """Return of each pattern: findings, members, precision, recall, and of each kind of honest look-alike who alarmed.

    Nominees are planted with shell clusters. ``found_of_other_schemes`` are among those that count against precision,
    but are planted in another scheme: a new shell that shares all with a failed one looks like an old hand.
    ``hard_negatives`` says of each kind how many stood at t and were in no scheme, and how many of them were found.
    """
    day, result = pd.Timestamp(t), {}
    for name, schemes in PLANTED.items():
        members = {m for f in findings if f.pattern == name for m in (f.concerns or f.members)}
        ever, wanted = _rings(truth, day) if name == "guarantee_circle" else _planted(truth, [schemes], day)
        others = _planted(truth, [s for s in SCHEMES if s != schemes], day)[0] - ever
        result[name] = {
            "findings": sum(f.pattern == name for f in findings),
            "members": len(members),
            "precision": len(members & ever) / len(members) if members else None,
            "wanted": len(wanted),
            "recall": len(members & wanted) / len(wanted) if wanted else None,
            "found_of_other_schemes": len(members & others),
            "hard_negatives": {
                kind: {"stood": len(who - ever - others), "found": len(who & members - ever - others)}
                for kind, who in _honest(truth, name, day).items()
            },
        }
    return result


def _planted(truth: Truth, schemes: list[str], day: pd.Timestamp) -> tuple[set[str], set[str]]:
    """Return who belonged to the schemes by then, and who is to be found."""
    rows = truth.schemes[truth.schemes["scheme"].isin(schemes)]
    first, last = (pd.to_datetime(rows[c]) for c in ("first_day", "last_day"))
    due = (first + SETTLED <= day) & (last.isna() | (last + FRESH >= day))
    return set(rows.loc[first <= day, "uscc"]), set(rows.loc[due, "uscc"])


def _rings(truth: Truth, day: pd.Timestamp) -> tuple[set[str], set[str]]:
    """Return who stood on a closed ring of guarantees in the half year before, and who is to be found.

    Each guarantee of a planted circle begins and ends on its own day, so a circle is a ring only while all of its
    guarantees hold. To be found is who is on a ring whose guarantees all hold at t and did ``SETTLED`` before.
    """
    edges = truth.edges[truth.edges["scheme"] == "guarantee_circle"]
    first, last = pd.to_datetime(edges["first_day"]), pd.to_datetime(edges["last_day"])
    ever: set[str] = set()
    for at in pd.date_range(day - FRESH, day, periods=7):
        ever |= _on_rings(edges[(first <= at) & (last.isna() | (last > at))])
    return ever, _on_rings(edges[(first + SETTLED <= day) & (last.isna() | (last > day))])


def _on_rings(edges: pd.DataFrame) -> set[str]:
    """Return the members of rings of three to six, by networkx."""
    graph = nx.DiGraph(zip(edges["src"], edges["dst"], strict=True))
    return {m for ring in nx.simple_cycles(graph, length_bound=6) if len(ring) >= 3 for m in ring}


def _honest(truth: Truth, name: str, day: pd.Timestamp) -> dict[str, set[str]]:
    """Return who resembles the pattern at t and is none: honest look-alikes, and circles that are not closed."""
    rows = truth.look_alikes
    there = rows[(pd.to_datetime(rows["first_day"]) <= day) & (pd.to_datetime(rows["last_day"]) >= day)]
    found = {str(kind): set(group["uscc"]) for kind, group in there.groupby("kind")}
    members = truth.structures
    for structure in ("group", "guarantee_circle"):
        who = set(members.loc[members["structure"] == structure, "uscc"])
        found["open_circle" if structure == "guarantee_circle" else "family"] = who
    return {kind: found[kind] for kind in HARD[name] if kind in found}


if __name__ == "__main__":
    sys.exit(main())
