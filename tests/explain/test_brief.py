"""What is told in one pass is what the words, the scene and the leaving out of nulls tell one after another."""

from __future__ import annotations

import json
from typing import Any

import orjson

from credit_risk.explain.brief import Brief
from credit_risk.serving.scene import HIDDEN, for_scene, unlawful, visible
from credit_risk.zone import Book


def _plainly(reasons: list[dict[str, Any]]) -> list[dict[str, Any]]:
    def present(given: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in given.items() if value is not None}

    return [
        present(r)
        | {"indicators": [{"withheld": False, "evidence": []} | present(i) for i in r["indicators"]]}
        for r in reasons
    ]


def test_every_row_is_told_in_every_scene_as_in_three_passes(book: Book) -> None:
    current = book.snapshots.current() or ""
    words = book.snapshots.words(current)
    assert words is not None
    brief, withheld, barred, nothing = Brief(words), 0, 0, 0
    for scene in book.rules.scenes:
        seen, unseen = visible(book.rules, scene), unlawful(book.rules, scene)
        for subject in book.snapshots.read(current)["subject"]:
            stored = book.snapshots.stored_row(current, subject)
            row = book.snapshots.row(current, subject)
            assert stored is not None and row is not None
            told = json.loads(orjson.dumps(brief.tell(stored, seen, unseen, HIDDEN)))
            assert told == json.loads(json.dumps(_plainly(for_scene(book.rules, row["reasons"], scene))))
            shown = [i for r in told for i in r["indicators"]]
            withheld += sum(i["withheld"] for i in shown)
            nothing += sum(r["group"] == "withheld" for r in told)
            records = [e for r in row["reasons"] for i in r["indicators"] for e in i["evidence"]]
            barred += sum(e["kind"] in unseen for e in records)
    assert withheld and barred and nothing, "scenes that hide nothing would show nothing"
