"""``credit-risk verdicts``: what people decided enters the pool, and whether one may learn from it."""

from __future__ import annotations

from credit_risk.cli.app import BookFolder, Json, app, err, print_json
from credit_risk.errors import CheckFailed
from credit_risk.warnings.ledger import check_unbiased
from credit_risk.warnings.ledger import verdicts as in_force
from credit_risk.zone import Book

__all__: list[str] = []


@app.command(name="verdicts")
def publish(as_json: Json = False) -> None:
    """核查结论入池 · Write verdicts as records received when they were decided; say whether they may be learnt from.

    Exit code 1 when too few of them come from the random audit sample.

    Example: `credit-risk verdicts`
    """
    book = Book.open(BookFolder.path)
    written = book.publish_verdicts()
    found = in_force(book.ledger.engine)
    counts = {str(name): int(n) for name, n in found.groupby(["chosen", "verdict"]).size().items()}
    problem: CheckFailed | None = None
    try:
        check_unbiased(found)
    except CheckFailed as refused:
        problem = refused
    if as_json:
        print_json({"written": written, "in_force": counts, "may_learn": problem is None})
    else:
        err.print(f"  入池 written {written:,} · 有效 in force {len(found):,}", markup=False)
    if problem:
        raise problem
