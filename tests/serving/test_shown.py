"""What the console shows of a number."""

from __future__ import annotations

from typing import cast

import pytest

from credit_risk.serving.console.relations import alike, meant_by
from credit_risk.serving.console.render import percent
from credit_risk.serving.directory import Directory, Entry


@pytest.mark.parametrize(
    ("value", "digits", "told"),
    [
        (0.0, 0, "0%"), (0.003, 0, "<1%"), (0.006, 0, "1%"), (0.5, 1, "50.0%"), (0.994, 0, "99%"),
        (0.9976, 0, ">99%"), (1.0, 0, "100%"), (0.9999, 1, ">99.9%"), (0.0001, 1, "<0.1%"), (None, 0, "–"),
    ],
)  # fmt: skip
def test_a_share_that_is_not_all_is_not_shown_as_all(value: float | None, digits: int, told: str) -> None:
    assert percent(value, digits) == told


class _Known:
    """A directory in which two enterprises share a name and a third has it within its own."""

    entries = (
        Entry("9A", "上海盛航贸易有限公司", {}),
        Entry("9B", "上海盛航", {}),
        Entry("9C", "上海盛航", {}),
    )

    def find(self, text: str) -> list[Entry]:
        return [one for one in self.entries if text in (one.subject,) or text in one.name]


def test_of_namesakes_the_one_in_the_picture_is_meant_first_and_the_others_are_named() -> None:
    found = alike(cast(Directory, _Known()), "上海盛航", {"9C"})
    assert [one.subject for one in found] == ["9C", "9B", "9A"]
    assert [one.subject for one in alike(cast(Directory, _Known()), "9B", {"9C"})] == ["9B"]


def test_of_several_who_may_be_meant_none_is_chosen_silently() -> None:
    known = _Known()
    assert meant_by(known.find("上海盛航"), "上海盛航") is None, "two of just that name"
    assert meant_by(known.find("盛航"), "盛航") is None, "three with it in their name"
    assert meant_by(known.find("上海盛航贸易"), "上海盛航贸易") == "9A", "the only one"
    assert meant_by(known.find("上海盛航贸易有限公司"), "上海盛航贸易有限公司") == "9A"
    assert meant_by([*known.entries], " 9b ") == "9B", "a code is sure"
    assert meant_by([], "9z") == "9Z"
