"""What is cut from a text told ahead is what the words, the scene and the leaving out of nulls tell one after another."""

from __future__ import annotations

import json
from typing import Any

from credit_risk.explain.marked import Cut, Teller
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


def test_every_row_is_told_in_every_scene_as_step_by_step(book: Book) -> None:
    current = book.snapshots.current() or ""
    words = book.snapshots.words(current)
    assert words is not None
    teller, withheld, barred, nothing = Teller(words), 0, 0, 0
    for scene in book.rules.scenes:
        seen, unseen = visible(book.rules, scene), unlawful(book.rules, scene)
        cut = Cut.of(words, seen, unseen, HIDDEN)
        for subject in book.snapshots.read(current)["subject"]:
            stored = book.snapshots.stored_row(current, subject)
            row = book.snapshots.row(current, subject)
            assert stored is not None and row is not None
            told = json.loads(b"".join(cut.out_of(teller.tell(stored))))
            assert told == json.loads(json.dumps(_plainly(for_scene(book.rules, row["reasons"], scene))))
            shown = [i for r in told for i in r["indicators"]]
            withheld += sum(i["withheld"] for i in shown)
            nothing += sum(r["group"] == "withheld" for r in told)
            records = [e for r in row["reasons"] for i in r["indicators"] for e in i["evidence"]]
            barred += sum(e["kind"] in unseen for e in records)
    assert withheld and barred and nothing, "scenes that hide nothing would show nothing"


def test_whoever_may_see_all_is_told_the_text_as_it_stands(book: Book) -> None:
    current = book.snapshots.current() or ""
    words = book.snapshots.words(current)
    assert words is not None
    teller, everything = Teller(words), Cut.of(words, words.names, [], HIDDEN)
    for subject in book.snapshots.read(current)["subject"].head(50):
        told = teller.tell(book.snapshots.stored_row(current, subject) or {})
        assert everything.out_of(told) == [told.text]
