"""Every indicator of the catalogue takes more than one value, or is named here with the reason why it cannot yet.

The test zone is small, so what it is too small for is looked up in the kept count over the larger practice zone
(``python -m evaluation.varies``).
"""

from __future__ import annotations

import json

from evaluation.kept import KEPT
from evaluation.varies import distinct_values
from tests.conftest import END

from credit_risk.zone import Book

CONSTANT = {
    "warnings_confirmed_24m": "a practice zone is simulated before anybody decided on a warning",
    "warnings_rejected_6m": "a practice zone is simulated before anybody decided on a warning",
}


def test_every_indicator_varies_or_is_named_with_the_reason(book: Book) -> None:
    known = book.records.known("registration", END).select("subject").distinct().to_pandas()["subject"]
    here = distinct_values(book, known.tolist(), (END,))
    large = json.loads((KEPT / "varies.json").read_text(encoding="utf-8"))["result"]["distinct"]
    still = {name for name, count in here.items() if max(count, large.get(name, 0)) < 2}
    assert still == set(CONSTANT)
    assert all(CONSTANT.values())
