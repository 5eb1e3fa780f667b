"""Leads of planted members: who stood on the first list is led by no less than seen, and whoever was missed by nothing."""

from __future__ import annotations

import pandas as pd
import pytest
from evaluation.planted import _due, _settled

from credit_risk.evaluation.history import History

MONTHS = pd.date_range("2024-07-31", "2025-06-30", freq="ME")


def _group(leads: list[float], first: list[bool]) -> pd.DataFrame:
    lead = pd.Series(leads)
    return pd.DataFrame({"lead": lead, "found": lead > 0, "first": first})


def test_without_any_from_the_first_list_it_is_the_median() -> None:
    assert _settled(_group([3.0, 7.0, 5.0], [False] * 3)) == 5.0


def test_a_lead_cut_off_by_the_first_list_counts_as_no_less_than_seen() -> None:
    leads = [1.0, 2.0, 3.0, 6.0, 8.0]
    assert _settled(_group(leads, [False] * 5)) == 3.0
    assert _settled(_group(leads, [True, True, False, False, False])) == 6.0


def test_whoever_was_missed_drags_it_down_and_beyond_all_seen_it_is_not_known() -> None:
    nothing = float("nan")
    assert _settled(_group([nothing, nothing, 9.0], [False] * 3)) == 0.0
    assert _settled(_group([2.0, 3.0], [True, True])) is None
    assert _settled(_group([], [])) is None


def test_possible_runs_from_the_first_day_or_the_first_list() -> None:
    day = pd.Timestamp
    schemes = pd.DataFrame({
        "uscc": ["a", "b", "c"], "scheme": "slow_burner", "struck": True,
        "first_day": [day("2023-11-01"), day("2024-10-01"), day("2024-09-01")],
        "last_day": [day("2024-12-31"), day("2025-06-30"), day("2026-01-31")],
    })  # fmt: skip
    people = pd.DataFrame([(who, at) for who in "abc" for at in MONTHS], columns=["subject", "at"])
    told = pd.DataFrame(
        {"subject": ["a", "b"], "day": [day("2025-01-31"), day("2025-07-30")], "head": "insolvency"}
    )
    chosen = pd.DataFrame({"subject": ["a", "b"], "at": [MONTHS[0], MONTHS[5]]})
    due = _due(schemes, History(people, pd.DataFrame(), told), chosen).set_index("uscc")
    assert due.index.tolist() == ["a", "b"]  # c strikes after the last list
    assert due["first"].tolist() == [True, False]
    assert due["lead"].tolist() == pytest.approx([184 / 30.44, 211 / 30.44])
    assert due["possible"].tolist() == pytest.approx([184 / 30.44, 302 / 30.44])


def test_a_lead_begins_with_the_last_episode_before_it_was_told_on_lists_before_the_judged_ones_too() -> None:
    day = pd.Timestamp
    schemes = pd.DataFrame({
        "uscc": ["a", "b"], "scheme": "slow_burner", "struck": True,
        "first_day": day("2024-01-01"), "last_day": day("2024-12-31"),
    })  # fmt: skip
    people = pd.DataFrame([(who, at) for who in "ab" for at in MONTHS], columns=["subject", "at"])
    told = pd.DataFrame({"subject": ["a", "b"], "day": day("2024-12-31"), "head": "insolvency"})
    before = ["2023-07-31", "2024-05-31", "2024-06-30"]  # what ended long before is another episode
    listed = [("a", day(d)) for d in before] + [("b", day("2024-06-30"))]
    chosen = pd.DataFrame({"subject": ["a", "a"], "at": [MONTHS[0], MONTHS[7]]})
    since = pd.concat([pd.DataFrame(listed, columns=["subject", "at"]), chosen])
    due = _due(schemes, History(people, pd.DataFrame(), told), chosen, since).set_index("uscc")
    assert due["found"].tolist() == [True, False]  # b stood on no judged list
    assert due.loc["a", "lead"] == pytest.approx(214 / 30.44) and not due["first"].any()


def test_who_stood_on_no_longer_list_is_led_from_the_judged_one() -> None:
    day = pd.Timestamp
    schemes = pd.DataFrame({
        "uscc": ["a"], "scheme": "slow_burner", "struck": True,
        "first_day": day("2024-01-01"), "last_day": day("2024-12-31"),
    })  # fmt: skip
    people = pd.DataFrame([("a", at) for at in MONTHS], columns=["subject", "at"])
    told = pd.DataFrame({"subject": ["a"], "day": day("2024-12-31"), "head": "insolvency"})
    chosen = pd.DataFrame({"subject": ["a"], "at": [MONTHS[1]]})
    since = pd.DataFrame({"subject": ["other"], "at": [day("2024-05-31")]})
    due = _due(schemes, History(people, pd.DataFrame(), told), chosen, since)
    assert due["found"].tolist() == [True] and due["lead"].tolist() == pytest.approx([122 / 30.44])
