"""Keys: who calls, in which role, for which scenes. Only a hash of a key is kept."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Engine, insert, select, update

from credit_risk.book import Rules
from credit_risk.errors import InputError, nearest
from credit_risk.store import reading
from credit_risk.store.tables import keys

__all__ = ["Caller", "Keys"]

PREFIX = "crk"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who stands behind a key."""

    key_id: str
    name: str
    role: str
    scenes: tuple[str, ...]
    made_at: str
    revoked_at: str | None = None
    expires_at: str | None = None


class Keys:
    """The keys of a book."""

    def __init__(self, engine: Engine, rules: Rules) -> None:
        self.engine, self.rules = engine, rules

    def make(self, name: str, role: str, scenes: Sequence[str], days: int = 365) -> str:
        """Make a key that lives for ``days`` and return it; it is shown this once and cannot be read again.

        Raises
        ------
        InputError
            Role or scene is not in the book, no scene is given, the name is empty, or the days are none.

        """
        for word, known, what in [(role, self.rules.roles, "role")] + [
            (scene, self.rules.scenes, "scene") for scene in scenes
        ]:
            if word not in known:
                raise InputError(
                    f"{what}: expected one of {', '.join(known)}, came {word!r}", hint=nearest(word, known)
                )
        if not scenes or not name.strip():
            raise InputError("a key needs a name and at least one scene")
        if not 0 < days <= 3650:
            raise InputError(f"days: expected 1 to 3650, came {days}")
        now = datetime.now()
        key_id, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
        row = {
            "key_id": key_id,
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

    def caller(self, key: str | None) -> Caller | None:
        """Return who stands behind a key, None when it is missing, unknown, wrong, revoked or expired."""
        parts = (key or "").split("_", 2)
        if len(parts) != 3 or parts[0] != PREFIX:
            return None
        with reading(self.engine).connect() as connection:
            row = connection.execute(select(keys).where(keys.c.key_id == parts[1])).mappings().first()
        if row is None or row["revoked_at"] is not None:
            return None
        if row["expires_at"] is not None and row["expires_at"] <= datetime.now().isoformat():
            return None
        if not hmac.compare_digest(row["secret_hash"], _hash(parts[2])):
            return None
        return _caller(dict(row))

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
        str(row["name"]),
        str(row["role"]),
        tuple(str(row["scenes"]).split(",")),
        str(row["made_at"]),
        row["revoked_at"],
        row["expires_at"],
    )


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
