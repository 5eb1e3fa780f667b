"""Pictures of explanations draw what was told, in the Chinese font, the same every time."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Any

import pandas as pd
import pytest

from credit_risk.evaluation.fonts import missing_glyphs
from credit_risk.evaluation.report.explained import _apart, drift, timeline, waterfall


def _row() -> dict[str, Any]:
    def reason(title: str, points: float) -> dict[str, Any]:
        return {"title": {"zh": title, "en": title}, "points": points}

    return {
        "subject": "91310115MA1K3YJ12X", "as_of": datetime(2026, 6, 30), "grade": "B", "shown_score": 560.0,
        "base_points": 600.0, "other_points": -5.0, "reasons": [reason("纳税行为", -50.0), reason("主体身份", 15.0)],
    }  # fmt: skip


HISTORY = pd.DataFrame({"as_of": pd.to_datetime(["2026-03-31", "2026-06-30"]), "pd": [0.02, 0.9]})
EVENTS = [(date(2026, 4, 3), "行政处罚"), (date(2026, 4, 20), "行政处罚"), (date(2026, 5, 1), "欠税公告")]
MEANS = pd.DataFrame({"a": [1.0, 2.0], "b": [1.0, 1.0]}, index=["2026-03-31", "2026-06-30"])


def test_every_picture_is_drawn_and_comes_out_the_same() -> None:
    for draw in (
        lambda: waterfall(_row()),
        lambda: timeline("91310115MA1K3YJ12X", HISTORY, EVENTS),
        lambda: drift(MEANS, {"a": "纳税行为", "b": "外汇收支"}),
    ):
        picture = draw()
        assert picture.startswith("<?xml") and len(re.findall(r"<use ", picture)) > 20 and draw() == picture


def test_nothing_happened_and_a_single_date_can_be_drawn() -> None:
    assert timeline("x", HISTORY.head(1), []).startswith("<?xml")
    assert drift(MEANS.head(1), {"a": "甲", "b": "乙"}).startswith("<?xml")


def test_the_font_has_every_letter_of_the_pictures() -> None:
    assert (
        missing_glyphs(
            "平均起点其他指标合计本企业分数（越高信用越好）十二个月违约概率（方块：期间发生的不利事实）级"
        )
        == set()
    )


def test_labels_keep_their_order_and_do_not_lie_on_each_other() -> None:
    moved = _apart([0.2, 0.19, 0.5], 0.05)
    assert moved == pytest.approx([0.24, 0.19, 0.5])
