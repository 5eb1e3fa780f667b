"""Keys: who calls, in which role, for which scenes. Only a hash of a key is kept.

A key that was found good is remembered by its hash for ``REMEMBERED`` seconds, so a revocation holds everywhere within
that time. While the store does not answer, keys that were good within ``STALE`` seconds stay good until they expire.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Engine, insert, select, update

from credit_risk.book import Rules
from credit_risk.errors import InputError, nearest
from credit_risk.store import SILENT, reading
from credit_risk.store.tables import keys

__all__ = ["REMEMBERED", "STALE", "Caller", "Keys"]

PREFIX, OF_TOKEN = "crk", "jwt:"  # what keys begin with, and the ids of callers that have a token instead
REMEMBERED, STALE = 2.0, 900.0  # seconds
KEPT = 4096  # keys remembered at once
LONGEST_NAME = 100  # characters of a name


@dataclass(frozen=True, slots=True)
class Caller:
    """Who stands behind a key; ``caller_id`` stays the same when the key is rotated, and no two callers share it."""

    key_id: str
    caller_id: str
    name: str
    role: str
    scenes: tuple[str, ...]
    made_at: str
    revoked_at: str | None = None
    expires_at: str | None = None

    @property
    def poster(self) -> str:
        """Who records are received from, whichever of its keys was used: the name an administrator gave, and the id.

        The name in a token is the caller's own word, so there it is the id alone.
        """
        return self.caller_id if self.caller_id.startswith(OF_TOKEN) else f"{self.name} ({self.caller_id})"


class Keys:
    """The keys of a book."""

    def __init__(self, engine: Engine, rules: Rules) -> None:
        self.engine, self.rules = engine, rules
        self._good: dict[bytes, tuple[Caller, float]] = {}

    def make(self, name: str, role: str, scenes: Sequence[str], days: int = 365) -> str:
        """Make a key of a new caller that lives for ``days``; it is shown this once and cannot be read again.

        Raises
        ------
        InputError
            Role or scene is not in the book, no scene is given, the name is empty or no name, or the days are none.

        """
        return self._make(name, role, scenes, days, None)

    def _make(self, name: str, role: str, scenes: Sequence[str], days: int, caller_id: str | None) -> str:
        for word, known, what in [(role, self.rules.roles, "role")] + [
            (scene, self.rules.scenes, "scene") for scene in scenes
        ]:
            if word not in known:
                raise InputError(
                    f"{what}: expected one of {', '.join(known)}, came {word!r}", hint=nearest(word, known)
                )
        if not scenes or not name.strip():
            raise InputError("a key needs a name and at least one scene")
        if len(name) > LONGEST_NAME or not name.isprintable() or name.strip().startswith(OF_TOKEN):
            raise InputError(f"name: expected at most {LONGEST_NAME} plain characters, came {name[:200]!r}")
        if not 0 < days <= 3650:
            raise InputError(f"days: expected 1 to 3650, came {days}")
        now = datetime.now()
        key_id, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
        row = {
            "key_id": key_id,
            "caller_id": caller_id or key_id,
            "name": name.strip(),
            "role": role,
            "scenes": ",".join(scenes),
            "secret_hash": _hash(secret),
            "made_at": now.isoformat(timespec="seconds"),
            "expires_at": (now + timedelta(days=days)).isoformat(timespec="seconds"),
        }
        with self.engine.begin() as connection:
            connection.execute(insert(keys).values(row))
        return f"{PREFIX}_{key_id}_{secret}"

    def remembered(self, key: str | None, within: float = REMEMBERED) -> Caller | None:
        """Return who stands behind a key that was good a moment ago, without asking the store; None if not known."""
        found = self._good.get(_digest(key)) if key else None
        if found is None or time.monotonic() - found[1] > within:
            return None
        who = found[0]
        return None if who.expires_at and who.expires_at <= datetime.now().isoformat() else who

    def caller(self, key: str | None) -> Caller | None:
        """Return who stands behind a key, None when it is missing, unknown, wrong, revoked or expired.

        Raises one of ``SILENT`` when the store does not answer and the key was not good within ``STALE`` seconds.
        """
        parts = (key or "").split("_", 2)
        if len(parts) != 3 or parts[0] != PREFIX:
            return None
        try:
            found = self._stored(parts[1], parts[2])
        except SILENT:
            if known := self.remembered(key, STALE):
                return known
            raise
        if found is None:
            self._good.pop(_digest(key or ""), None)
        else:
            if len(self._good) >= KEPT:
                self._good.clear()
            self._good[_digest(key or "")] = found, time.monotonic()
        return found

    def _stored(self, key_id: str, secret: str) -> Caller | None:
        with reading(self.engine).connect() as connection:
            row = connection.execute(select(keys).where(keys.c.key_id == key_id)).mappings().first()
        right = hmac.compare_digest(row["secret_hash"] if row else NOBODY, _hash(secret))
        if row is None or not right or row["revoked_at"] is not None:
            return None
        if row["expires_at"] is not None and row["expires_at"] <= datetime.now().isoformat():
            return None
        return _caller(dict(row))

    def rotate(self, key_id: str, overlap_days: int = 7, days: int = 365) -> str:
        """Make the next key of the same caller; the old one ends after ``overlap_days``, or when it would anyway.

        Raises InputError when there is no such living key, or the days make no sense.
        """
        found = next((k for k in self.all() if k.key_id == key_id and k.revoked_at is None), None)
        if found is None:
            raise InputError(f"no living key {key_id!r}", hint="credit-risk keys list")
        if not 0 <= overlap_days <= 90:
            raise InputError(f"overlap: expected 0 to 90 days, came {overlap_days}")
        made = self._make(found.name, found.role, found.scenes, days, found.caller_id)
        ends = (datetime.now() + timedelta(days=overlap_days)).isoformat(timespec="seconds")
        ends = min(ends, found.expires_at or ends)
        with self.engine.begin() as connection:
            connection.execute(update(keys).where(keys.c.key_id == key_id).values(expires_at=ends))
        return made

    def all(self) -> list[Caller]:
        """Return every key ever made, oldest first."""
        with reading(self.engine).connect() as connection:
            rows = connection.execute(select(keys).order_by(keys.c.made_at, keys.c.key_id)).mappings()
            return [_caller(dict(row)) for row in rows]

    def revoke(self, key_id: str) -> None:
        """Make a key useless from now on; raises InputError when there is no such living key."""
        now = datetime.now().isoformat(timespec="seconds")
        change = update(keys).where(keys.c.key_id == key_id, keys.c.revoked_at.is_(None))
        with self.engine.begin() as connection:
            if connection.execute(change.values(revoked_at=now)).rowcount == 0:
                raise InputError(f"no living key {key_id!r}", hint="credit-risk keys list")

    def may(self, caller: Caller, act: str) -> bool:
        """Tell whether the caller's role may do ``act``; a role that left the book may do nothing."""
        role = self.rules.roles.get(caller.role)
        return role is not None and act in role.may


def _caller(row: dict[str, str | None]) -> Caller:
    return Caller(
        str(row["key_id"]),
        str(row["caller_id"]),
        str(row["name"]),
        str(row["role"]),
        tuple(str(row["scenes"]).split(",")),
        str(row["made_at"]),
        row["revoked_at"],
        row["expires_at"],
    )


def _digest(key: str) -> bytes:
    return hashlib.sha256(key.encode("utf-8", "replace")).digest()


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


NOBODY = _hash(secrets.token_hex(16))  # what an unknown key is compared with, so that it takes as long
