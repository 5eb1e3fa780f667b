"""Persons as pseudonymous nodes: a keyed hash of the number, which itself is never stored.

Source: 个人信息保护法 (PIPL) art. 51 and 73 (de-identification); the key lives outside the pool.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import secrets
from pathlib import Path

from credit_risk.errors import InputError

__all__ = ["PREFIX", "is_pseudonym", "person_key", "pseudonym"]

PREFIX = "person:"


def person_key(var: Path) -> bytes:
    """Return the key from ``CREDIT_RISK_PERSON_KEY`` (hex), else from ``var/person.key``, made once."""
    given = os.environ.get("CREDIT_RISK_PERSON_KEY")
    if given:
        try:
            return bytes.fromhex(given)
        except ValueError:
            raise InputError("CREDIT_RISK_PERSON_KEY: expected hexadecimal digits") from None
    path = var / "person.key"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_hex(32))
    return bytes.fromhex(path.read_text().strip())


def pseudonym(number: str, key: bytes) -> str:
    """Return ``person:`` and 128 bits of HMAC-SHA256 of the number in capitals without blanks."""
    clean = "".join(number.split()).upper().encode()
    return PREFIX + hmac.new(key, clean, hashlib.sha256).hexdigest()[:32]


def is_pseudonym(text: str) -> bool:
    """Tell whether a text is a pseudonym already; rows that waited for their enterprise come back with theirs."""
    return re.fullmatch(re.escape(PREFIX) + "[0-9a-f]{32}", text) is not None
