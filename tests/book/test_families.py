"""A family stands for one entry per combination and says where it is wrong."""

import pytest

from credit_risk.book.families import members
from credit_risk.errors import BookError


def _refuse(key, expected, came, hint):
    return BookError(file="f.yaml", line=1, key=key, expected=expected, came=came, hint=hint)


FAMILY = {
    "each": {
        "tie": {
            "investor": {"of": ["invests"], "zh": "投资者"},
            "branch": {"of": ["branches"], "zh": "分支"},
        },
        "how": ["mean", "max"],
    },
    "name": "${tie}_${how}",
    "over": {"relation": "${tie.of}"},
    "title": {"zh": "${tie.zh}资本"},
}


def test_a_family_stands_for_every_combination_in_the_order_written():
    made = list(members(FAMILY, _refuse))
    assert [m["name"] for m in made] == ["investor_mean", "investor_max", "branch_mean", "branch_max"]
    assert made[2] == {"name": "branch_mean", "over": {"relation": ["branches"]}, "title": {"zh": "分支资本"}}


def test_an_entry_without_each_stays_as_it_is():
    entry = {"name": "a", "says": {"zh": "{value}"}}
    assert list(members(entry, _refuse)) == [entry]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"name": "${tei}_x"}, "tie"),
        ({"name": "${tie.xz}"}, "to hold 'xz'"),
        ({"each": {"tie": []}}, "a mapping of names"),
        ({"each": "tie"}, "a mapping"),
    ],
)
def test_a_placeholder_that_names_nothing_is_refused_with_what_was_expected(change, said):
    with pytest.raises(BookError, match=said):
        list(members({**FAMILY, **change}, _refuse))
