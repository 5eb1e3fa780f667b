"""The pages of the printed report: no heading stands alone at the end of one, and no line over another."""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from types import SimpleNamespace
from typing import cast

import pylopdf
import pytest

from credit_risk.book.schema import Text
from credit_risk.serving.report.compose import CreditReport
from credit_risk.serving.report.pdf import report_pdf

LINE = SimpleNamespace(
    happened=date(2026, 1, 2), title=Text(zh="被执行人", en="Under enforcement"), facts=[], department="法院",
    source_record_id="1",
)  # fmt: skip


def _report(reasons: int) -> CreditReport:
    reason = {"points": -1.0, "title": {"zh": "理由", "en": "Reason"}, "indicators": []}
    report = SimpleNamespace(
        title=Text(zh="融资", en="Financing"), as_of=date(2026, 6, 30), name="上海某某有限公司", subject="9131",
        score={"scorable": True, "grade": "D", "public_class": "D", "shown_score": 1.0, "pd": 0.5, "model_id": "m"},
        scored_on=date(2026, 6, 30), reasons=[reason] * reasons, supervision=[LINE] * 140, other=[], withheld=0,
    )  # fmt: skip
    return cast(CreditReport, report)


@pytest.mark.parametrize("reasons", range(30, 37))
def test_a_heading_has_lines_below_it_on_its_page(reasons: int) -> None:
    with pylopdf.Document(stream=report_pdf(_report(reasons))) as document:
        pages = [document[number].get_text() for number in range(len(document))]
    (heading,) = [page for page in pages if "监管与司法信息" in page]
    assert heading.count("被执行人") >= 2


def test_no_line_stands_over_another_or_in_the_margin() -> None:
    with pylopdf.Document(stream=report_pdf(_report(12))) as document:
        for number in range(len(document)):
            bottoms = sorted({round(word[3], 1) for word in document[number].get_text("words")})
            assert min(below - above for above, below in pairwise(bottoms)) > 9, (
                "of letters eight points high"
            )
            *lines, foot = bottoms
            assert max(lines) < foot - 9
