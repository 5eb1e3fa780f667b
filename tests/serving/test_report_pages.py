"""The pages of the printed report: no heading stands alone at the end of one."""

from __future__ import annotations

from datetime import date
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


@pytest.mark.parametrize("reasons", range(30, 37))
def test_a_heading_has_lines_below_it_on_its_page(reasons: int) -> None:
    reason = {"points": -1.0, "title": {"zh": "理由", "en": "Reason"}, "indicators": []}
    report = SimpleNamespace(
        title=Text(zh="融资", en="Financing"), as_of=date(2026, 6, 30), name="上海某某有限公司", subject="9131",
        score={"scorable": True, "grade": "D", "public_class": "D", "shown_score": 1.0, "pd": 0.5},
        scored_on=date(2026, 6, 30), reasons=[reason] * reasons, supervision=[LINE] * 40, other=[], withheld=0,
    )  # fmt: skip
    report.score["model_id"] = "m"
    with pylopdf.Document(stream=report_pdf(cast(CreditReport, report))) as document:
        pages = [document[number].get_text() for number in range(len(document))]
    (heading,) = [page for page in pages if "监管与司法信息" in page]
    assert heading.count("被执行人") >= 2
