"""USCC: the vectorised check equals the standard read out slowly."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credit_risk.records.uscc import (
    ALPHABET,
    check_character,
    is_uscc,
    normalise,
    organisation_check_character,
)


def _slow(code: str) -> bool:
    """GB 32100-2015 clause 4 and GB 11714, one character at a time."""
    if len(code) != 18 or any(c not in ALPHABET for c in code):
        return False
    total = sum(ALPHABET.index(c) * pow(3, i, 31) for i, c in enumerate(code[:17]))
    if code[17] != ALPHABET[(31 - total % 31) % 31]:
        return False
    letters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    rest = (
        11
        - sum(letters.index(c) * w for c, w in zip(code[8:16], (3, 7, 9, 10, 5, 8, 4, 2), strict=True)) % 11
    )
    return code[16] == {10: "X", 11: "0"}.get(rest, str(rest))


def _made(prefix: str, body: str) -> str:
    first17 = prefix + body + organisation_check_character(body)
    return first17 + check_character(first17)


@given(
    st.text(ALPHABET, min_size=8, max_size=8),
    st.text(ALPHABET, min_size=8, max_size=8),
    st.integers(0, 17),
    st.sampled_from(ALPHABET),
)
def test_the_fast_check_equals_the_slow_one(prefix: str, body: str, place: int, letter: str) -> None:
    code = _made(prefix, body)
    changed = code[:place] + letter + code[place + 1 :]
    assert is_uscc([code, changed]).tolist() == [True, _slow(changed)]
    assert _slow(code)


@given(st.lists(st.text(max_size=20), max_size=5))
def test_anything_else_is_simply_no_code(texts: list[str]) -> None:
    assert is_uscc(texts).tolist() == [_slow(t) for t in texts] or not texts


@pytest.mark.parametrize(
    ("code", "right"),
    [
        ("91310115MA1K3CUM7M", True),
        ("914403001922038216", True),
        ("91330100799655058B", True),
        ("9144030071526726XG", True),
        ("91350100M000100Y43", True),
        ("91350100M000100Y4Z", False),  # the standard's own worked example: Z is not even in the alphabet
        ("913100007109392661", True),
        ("91310115MA1K3CUM7N", False),
        ("91310115MA1K3CUM8M", False),
        ("91310115MA1K3CUM7", False),
        ("310115MA1K3CUM7M91", False),
        ("9131O115MA1K3CUM7M", False),
    ],
)
def test_codes_that_were_worked_out_elsewhere(code: str, right: bool) -> None:
    assert is_uscc([code]).tolist() == [right] and _slow(code) == right


@pytest.mark.parametrize("code", ["91310115MA1K3CUM7M", "91330100799655058B", "9144030071526726XG"])
def test_errors_that_were_published_do_not_pass_for_the_standard(code: str) -> None:
    """Three formulas that can be read: the remainder not taken from 31, letters by their place in A to Z, mod 11."""
    total = sum(ALPHABET.index(c) * pow(3, i, 31) for i, c in enumerate(code[:17]))
    by_letter = sum((ord(c) - 55 if c.isalpha() else int(c)) * pow(3, i, 31) for i, c in enumerate(code[:17]))
    wrong = {ALPHABET[total % 31], ALPHABET[(31 - by_letter % 31) % 31], ALPHABET[(11 - total % 11) % 11]}
    made = [code[:17] + letter for letter in wrong - {code[17]}]
    assert made and not is_uscc(made).any()


def test_full_width_small_letters_and_blanks_are_the_same_code() -> None:
    assert normalise(" ９１３５０１００m000100y43\t") == "91350100M000100Y43"
