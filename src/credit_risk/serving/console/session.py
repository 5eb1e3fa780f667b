"""Who looks at a page: the session of the cookie, the language, and what the role may do."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Form, Request

from credit_risk.book.schema import Text
from credit_risk.serving.desk import Desk
from credit_risk.serving.people import Session
from credit_risk.warnings.ledger import Person

__all__ = [
    "A_MOMENT",
    "COOKIE",
    "AtDesk",
    "Look",
    "NotAllowed",
    "SignIn",
    "Visitor",
    "checked",
    "may",
    "note",
]

COOKIE, LANGUAGE = "crk_session", "crk_language"
A_MOMENT = 0.1  # seconds that a page waits for what is just being worked out beside it


class SignIn(Exception):
    """Nobody is signed in."""


class NotAllowed(Exception):
    """The role may not, or the form is not from our page."""


def desk_of(request: Request) -> Desk:
    """Return the desk of the app that answers."""
    desk: Desk = request.app.state.desk
    return desk


AtDesk = Annotated[Desk, Depends(desk_of)]


@dataclass(frozen=True, slots=True)
class Look:
    """A page's view of the world: who looks, in which language, and what the role may do."""

    person: Person
    csrf: str
    language: str
    rights: frozenset[str]

    def say(self, zh: str, en: str) -> str:
        """Return the text in the language of the page."""
        return zh if self.language == "zh" else en

    def text(self, text: Text | dict[str, str] | None) -> str:
        """Return a text of the book, or of stored JSON, in the language of the page."""
        if text is None:
            return ""
        words = text if isinstance(text, dict) else text.model_dump()
        return str(words[self.language])


def visitor(request: Request, desk: AtDesk) -> Look:
    """Return who looks; raises SignIn when nobody is signed in."""
    session: Session | None = desk.people.session(request.cookies.get(COOKIE))
    if session is None:
        raise SignIn
    role = desk.rules.roles.get(session.person.role)
    language = "en" if request.cookies.get(LANGUAGE) == "en" else "zh"
    return Look(session.person, session.csrf, language, frozenset(role.may if role else ()))


Visitor = Annotated[Look, Depends(visitor)]


def may(*acts: str) -> Callable[[Look], Look]:
    """Return a dependency that lets only roles pass that may do one of ``acts``."""

    def allowed(look: Visitor) -> Look:
        if not look.rights.intersection(acts):
            raise NotAllowed(acts[0])
        return look

    return allowed


def checked(look: Visitor, csrf: Annotated[str, Form()] = "") -> Look:
    """Let a form pass only with the word that our page put into it."""
    if not hmac.compare_digest(csrf.encode(), look.csrf.encode()):
        raise NotAllowed("csrf")
    return look


def note(desk: Desk, look: Look, action: str, subject: str) -> None:
    """Write down what a person read or did."""
    who = look.person
    desk.audit.write(actor=who.shown, role=who.role, scene="", action=action, subject=subject, result="200")
