"""The other codes of an enterprise: what they look like and whether they can be right.

Sources: GB 11714 (organisation code, check character mod 11), GS 15-2006 (15-digit registration number, ISO 7064
mod 11,10), customs registration code (10 characters, no check digit). Tax numbers are mostly the USCC, with exceptions.
"""

from __future__ import annotations

import re
import unicodedata

from credit_risk.records.uscc import organisation_check_character

__all__ = ["is_organisation_code", "is_possible", "is_registration_number", "plain"]

SHAPES = {
    "organisation_code": re.compile(r"[0-9A-Z]{9}"),
    "registration_number": re.compile(r"[0-9]{15}"),
    "tax_number": re.compile(r"[0-9A-Z]{15,20}"),
    "customs_code": re.compile(r"[0-9A-Z]{10}"),
}
BRACKETS = str.maketrans({"（": "(", "）": ")", "〔": "(", "〕": ")", "[": "(", "]": ")"})


def plain(scheme: str, value: str) -> str:
    """Return a code or name as it is compared: half-width capitals without blanks, hyphens only in names.

    >>> plain("organisation_code", "m000100y-4"), plain("name", "上海（源创） 公司")
    ('M000100Y4', '上海(源创)公司')
    """
    text = "".join(unicodedata.normalize("NFKC", value).split()).upper().translate(BRACKETS)
    return text if scheme == "name" else text.replace("-", "")


def is_possible(scheme: str, value: str) -> bool:
    """Tell whether a plain value can be a code of this scheme; any text can be a name."""
    if scheme == "name":
        return bool(value)
    if SHAPES[scheme].fullmatch(value) is None:
        return False
    if scheme == "organisation_code":
        return is_organisation_code(value)
    return scheme != "registration_number" or is_registration_number(value)


def is_organisation_code(code: str) -> bool:
    """Tell whether nine characters are an organisation code with a right check character.

    >>> is_organisation_code("M000100Y4"), is_organisation_code("M000100Y3")
    (True, False)
    """
    right = len(code) == 9 and code.isascii() and code.isalnum() and code == code.upper()
    return right and organisation_check_character(code[:8]) == code[8]


def is_registration_number(code: str) -> bool:
    """Tell whether 15 digits are an old registration number with a right check digit (ISO 7064 mod 11,10).

    >>> is_registration_number("110108000000016"), is_registration_number("110108000000017")
    (True, False)
    """
    if len(code) != 15 or not (code.isascii() and code.isdigit()):
        return False
    rest = 10
    for digit in code[:14]:
        rest = ((rest + int(digit)) % 10 or 10) * 2 % 11
    return (rest + int(code[14])) % 10 == 1
