"""docs/security.md claims nothing that no test holds."""

from __future__ import annotations

import re

from tests.conftest import ROOT


def test_every_claim_names_tests_that_are_there() -> None:
    page = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
    rows = [line.split(" | ") for line in page.splitlines() if line.startswith("| ")][1:]
    there = {
        name
        for path in (ROOT / "tests").rglob("test_*.py")
        for name in re.findall(r"^(?:async )?def (test_\w+)", path.read_text(encoding="utf-8"), re.MULTILINE)
    }
    assert len(rows) > 15
    for claim, _, held in rows:
        named = re.findall(r"`(test_\w+)`", held)
        assert named and set(named) <= there, (claim, set(named) - there)
