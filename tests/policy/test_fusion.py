"""Fusion of ratings and their agreement."""

from __future__ import annotations

import random
from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.conftest import ROOT

from credit_risk.book import open_rules
from credit_risk.book.policy import CLASSES
from credit_risk.policy.fusion import Vote, agreement, conflicts, fuse
from credit_risk.policy.ratings import _one

RULES = open_rules(ROOT)
RULE = RULES.fusions["public"]
votes = st.lists(
    st.builds(Vote, st.sampled_from("abcdef"), st.integers(0, 3), st.integers(1, 3), st.booleans()),
    max_size=7,
)


@given(votes, st.randoms())
def test_the_order_of_ratings_does_not_matter(given_votes: list[Vote], rng: random.Random) -> None:
    shuffled = given_votes.copy()
    rng.shuffle(shuffled)
    assert fuse(shuffled, RULE) == fuse(given_votes, RULE)


@given(votes.filter(bool), st.data())
def test_a_better_rating_never_gives_a_worse_class(given_votes: list[Vote], data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(given_votes) - 1))
    one = given_votes[place]
    better = Vote(one.rater, data.draw(st.integers(0, one.rank)), one.weight, one.authority)
    raised = [better if i == place else v for i, v in enumerate(given_votes)]
    assert fuse(raised, RULE) <= fuse(given_votes, RULE)  # type: ignore[operator]


@given(votes.filter(bool))
def test_the_fused_class_lies_among_the_ratings_and_near_the_worst_authority(given_votes: list[Vote]) -> None:
    rank = CLASSES.index(fuse(given_votes, RULE))  # type: ignore[arg-type]
    ranks = [v.rank for v in given_votes]
    assert min(ranks) <= rank <= max(ranks)
    assert rank >= max((v.rank for v in given_votes if v.authority), default=0) - RULE.notches


def test_a_tie_goes_to_the_worse_class_and_nothing_fuses_to_nothing() -> None:
    assert fuse([Vote("a", 0), Vote("b", 1)], RULE) == "B"
    assert fuse([], RULE) is None


@pytest.mark.parametrize(
    ("word", "rated", "expected"),
    [
        ("regular", date(2026, 3, 31), ("B", "customs_251", "valid")),
        ("dishonest", date(2026, 3, 31), ("D", "customs_251", "valid")),
        ("dishonest", date(2026, 4, 1), ("C", "customs_282", "valid")),
        ("seriously_dishonest", date(2026, 4, 1), ("D", "customs_282", "valid")),
        ("aeo", date(2026, 4, 1), ("A", "customs_282", "valid")),
        ("aeo", date(2026, 3, 31), (None, "customs_251", "not_in_crosswalk")),
    ],
)
def test_customs_levels_read_by_the_rules_of_the_day_they_were_given(
    word: str, rated: date, expected: tuple[str | None, str, str]
) -> None:
    walks = [w for w in RULES.crosswalks.values() if w.rater == "customs"]
    told = _one(word, pd.Timestamp(rated), pd.NaT, walks, date(2026, 6, 30))
    assert (told["public"], told["crosswalk"], told["state"]) == expected


def test_an_expired_rating_is_ignored_from_its_last_day_on_and_tax_m_is_no_degree() -> None:
    tax = [w for w in RULES.crosswalks.values() if w.rater == "tax"]
    rated = pd.Timestamp("2025-04-10")
    assert _one("A", rated, pd.NaT, tax, date(2026, 8, 9))["state"] == "valid"
    assert _one("A", rated, pd.NaT, tax, date(2026, 8, 10))["state"] == "expired"
    assert _one("M", rated, pd.NaT, tax, date(2026, 1, 1))["state"] == "no_degree"


def _kappa_by_hand(a: np.ndarray, b: np.ndarray, power: int) -> float:
    seen = np.zeros((4, 4))
    for x, y in zip(a, b, strict=True):
        seen[x, y] += 1
    expected = np.outer(seen.sum(1), seen.sum(0)) / len(a)
    weight = np.abs(np.subtract.outer(np.arange(4), np.arange(4))) ** power
    return float(1 - (weight * seen).sum() / (weight * expected).sum())


def test_agreement_is_weighted_kappa_as_written_in_the_book_of_cohen() -> None:
    rng = np.random.default_rng(3)
    a = rng.integers(0, 4, 400)
    b = np.clip(a + rng.integers(-1, 2, 400), 0, 3)
    classes = pd.DataFrame({"one": [CLASSES[i] for i in a], "other": [CLASSES[i] for i in b]})
    told = agreement(classes)[0]
    assert told.kappa_linear == pytest.approx(_kappa_by_hand(a, b, 1), abs=1e-12)
    assert told.kappa_quadratic == pytest.approx(_kappa_by_hand(a, b, 2), abs=1e-12)
    assert told.n == 400 and told.within_one == 1.0
    few = classes.head(10)
    assert agreement(few) == []


def test_kappa_is_not_told_where_both_say_one_class() -> None:
    told = agreement(pd.DataFrame({"one": ["A"] * 40, "other": ["A"] * 40}))[0]
    assert told.kappa_linear is None and told.same == 1.0


def test_conflicts_are_listed_widest_first_and_words_without_a_crosswalk_are_not_lost() -> None:
    def rating(
        subject: str, rater: str, word: str, public: str | None, state: str = "valid"
    ) -> dict[str, object]:
        return {
            "subject": subject,
            "rater": rater,
            "word": word,
            "public": public,
            "state": state,
            "rated_on": "2026-01-01",
        }

    table = pd.DataFrame(
        [
            rating("near", "tax", "A", "A"), rating("near", "customs", "regular", "B"),
            rating("apart", "tax", "A", "A"), rating("apart", "customs", "dishonest", "C"),
            rating("far", "tax", "A", "A"), rating("far", "customs", "seriously_dishonest", "D"),
            rating("odd", "customs", "aeo", None, "not_in_crosswalk"),
        ]
    )  # fmt: skip
    found = conflicts(table, 2)
    assert found["subject"].tolist() == ["far", "apart", "odd"]
    assert found["worst"][0] == "customs seriously_dishonest→D"
