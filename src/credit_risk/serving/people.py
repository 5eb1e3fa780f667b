"""People who sign in: accounts with a role, passwords as scrypt hashes, sessions that end.

A session ends after half an hour without a page, after twelve hours in any case, on signing out, and when the
account is closed. Five wrong passwords lock an account for ten minutes. Nothing tells a caller whether an account
exists.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine, insert, select, update

from credit_risk.book import Rules
from credit_risk.errors import InputError, nearest
from credit_risk.serving.access import LONGEST_NAME
from credit_risk.store import reading
from credit_risk.store.tables import sessions, users
from credit_risk.warnings.ledger import Person

__all__ = ["Account", "People", "Session"]

IDLE, LONGEST = timedelta(minutes=30), timedelta(hours=12)
FAILURES, LOCKED = 5, timedelta(minutes=10)
SHORTEST_PASSWORD, LONGEST_ID = 10, 64
SCRYPT = {"n": 2**14, "r": 8, "p": 1}


@dataclass(frozen=True, slots=True)
class Account:
    """A person as listed."""

    user_id: str
    name: str
    role: str
    made_at: str
    closed_at: str | None


@dataclass(frozen=True, slots=True)
class Session:
    """Who is signed in, and the word that every form must carry back."""

    person: Person
    csrf: str


class People:
    """The accounts and sessions of a book."""

    def __init__(self, engine: Engine, rules: Rules) -> None:
        self.engine, self.rules = engine, rules

    def add(self, user_id: str, name: str, role: str, password: str) -> None:
        """Open an account.

        Raises
        ------
        InputError
            The id is taken or odd, the name empty or too long, the role not in the book, the password too short.

        """
        if role not in self.rules.roles:
            expected = ", ".join(self.rules.roles)
            raise InputError(
                f"role: expected one of {expected}, came {role!r}", hint=nearest(role, self.rules.roles)
            )
        if not user_id.isalnum() or not user_id.isascii() or not name.strip():
            raise InputError("an account needs an id of ASCII letters and digits, and a name", came=user_id)
        if len(user_id) > LONGEST_ID or len(name) > LONGEST_NAME or not name.isprintable():
            raise InputError(
                f"expected an id of at most {LONGEST_ID} and a name of at most {LONGEST_NAME} plain characters"
            )
        if len(password) < SHORTEST_PASSWORD:
            raise InputError(f"password: expected at least {SHORTEST_PASSWORD} characters")
        row = {
            "user_id": user_id, "name": name.strip(), "role": role, "password_hash": _hashed(password),
            "made_at": _text(datetime.now()), "failures": 0,
        }  # fmt: skip
        with self.engine.begin() as connection:
            if connection.execute(select(users.c.user_id).where(users.c.user_id == user_id)).first():
                raise InputError(f"account {user_id!r} exists already")
            connection.execute(insert(users).values(row))

    def all(self) -> list[Account]:
        """Return every account ever opened, oldest first."""
        with reading(self.engine).connect() as connection:
            rows = connection.execute(select(users).order_by(users.c.made_at, users.c.user_id)).mappings()
            return [Account(r["user_id"], r["name"], r["role"], r["made_at"], r["closed_at"]) for r in rows]

    def close(self, user_id: str) -> None:
        """Close an account and end its sessions; raises InputError when there is no such living account."""
        now = _text(datetime.now())
        with self.engine.begin() as connection:
            change = update(users).where(users.c.user_id == user_id, users.c.closed_at.is_(None))
            if connection.execute(change.values(closed_at=now)).rowcount == 0:
                raise InputError(f"no living account {user_id!r}", hint="credit-risk users list")
            mine = (sessions.c.user_id == user_id) & sessions.c.ended_at.is_(None)
            connection.execute(update(sessions).where(mine).values(ended_at=now))

    def sign_in(self, user_id: str, password: str, now: datetime | None = None) -> str | None:
        """Return the token of a new session, None when the account or the password is wrong or locked."""
        at = now or datetime.now()
        right = _matches(password, self._kept(user_id))  # slow: whoever writes must not wait for it
        with self.engine.begin() as connection:
            row = connection.execute(select(users).where(users.c.user_id == user_id)).mappings().first()
            if row is None or row["closed_at"] or (row["locked_until"] or "") > _text(at):
                return None
            if not right:
                self._count_failure(connection, user_id, int(row["failures"]) + 1, at)
                return None
            clean = update(users).where(users.c.user_id == user_id)
            connection.execute(clean.values(failures=0, locked_until=None))
            token = secrets.token_urlsafe(32)
            connection.execute(
                insert(sessions).values(
                    token_hash=_digest(token), user_id=user_id, csrf=secrets.token_urlsafe(24),
                    made_at=_text(at), seen_at=_text(at),
                )
            )  # fmt: skip
            return token

    def _kept(self, user_id: str) -> str:
        """Return the hash of an account's password, or one that nothing fits, so that the time is the same."""
        wanted = select(users.c.password_hash).where(users.c.user_id == user_id)
        with reading(self.engine).connect() as connection:
            return str(connection.execute(wanted).scalar() or _NOBODY)

    def session(self, token: str | None, now: datetime | None = None) -> Session | None:
        """Return the living session of a token and mark it as seen, None when there is none."""
        if not token:
            return None
        at = now or datetime.now()
        joined = select(sessions, users.c.name, users.c.role, users.c.closed_at).join(users)
        with self.engine.begin() as connection:
            row = connection.execute(joined.where(sessions.c.token_hash == _digest(token))).mappings().first()
            if row is None or row["ended_at"] or row["closed_at"]:
                return None
            if row["seen_at"] < _text(at - IDLE) or row["made_at"] < _text(at - LONGEST):
                return None
            if row["seen_at"] < _text(at - timedelta(minutes=1)):
                seen = update(sessions).where(sessions.c.token_hash == row["token_hash"])
                connection.execute(seen.values(seen_at=_text(at)))
        return Session(Person(row["user_id"], row["name"], row["role"]), row["csrf"])

    def sign_out(self, token: str) -> None:
        """End a session."""
        with self.engine.begin() as connection:
            mine = sessions.c.token_hash == _digest(token)
            connection.execute(update(sessions).where(mine).values(ended_at=_text(datetime.now())))

    def _count_failure(self, connection: Connection, user_id: str, failures: int, at: datetime) -> None:
        locked = _text(at + LOCKED) if failures % FAILURES == 0 else None
        counted = update(users).where(users.c.user_id == user_id)
        connection.execute(counted.values(failures=failures, locked_until=locked))


def _hashed(password: str) -> str:
    salt = secrets.token_bytes(16)
    return "$".join(base64.b64encode(part).decode() for part in (salt, _scrypt(password, salt)))


def _matches(password: str, kept: str) -> bool:
    salt, expected = (base64.b64decode(part) for part in kept.split("$"))
    return hmac.compare_digest(_scrypt(password, salt), expected)


def _scrypt(password: str, salt: bytes) -> bytes:
    return hashlib.scrypt(password.encode(), salt=salt, dklen=32, **SCRYPT)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _text(at: datetime) -> str:
    return at.isoformat(timespec="seconds")


_NOBODY = _hashed(secrets.token_urlsafe(16))
