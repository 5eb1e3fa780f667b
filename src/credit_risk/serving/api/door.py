"""Who may pass: a key or a signed token, a role that may, a scene that is lawful, and not too often."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import Depends, Header, Request

from credit_risk.errors import nearest
from credit_risk.serving.access import Caller
from credit_risk.serving.api.problem import Refused
from credit_risk.serving.desk import Desk

__all__ = ["AtDesk", "Limiter", "Visit", "visit"]


def desk_of(request: Request) -> Desk:
    """Return the desk of the app that answers."""
    desk: Desk = request.app.state.desk
    return desk


AtDesk = Annotated[Desk, Depends(desk_of)]


@dataclass
class Limiter:
    """A token bucket per caller: ``per_minute`` calls, a tenth of them at once."""

    per_minute: int
    buckets: dict[str, tuple[float, float]] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def wait(self, who: str, now: float | None = None) -> int:
        """Take one token; return 0, or the seconds after which to come again."""
        at = time.monotonic() if now is None else now
        rate, most = self.per_minute / 60, max(1.0, self.per_minute / 10)
        with self.lock:
            tokens, last = self.buckets.get(who, (most, at))
            tokens = min(most, tokens + (at - last) * rate)
            if tokens < 1:
                self.buckets[who] = (tokens, at)
                return max(1, round((1 - tokens) / rate))
            self.buckets[who] = (tokens - 1, at)
            return 0


@dataclass(frozen=True, slots=True)
class Visit:
    """A call under way: who calls, at which desk; every outcome is written to the audit."""

    desk: Desk
    who: Caller
    act: str

    def note(self, scene: str, subject: str, result: str) -> str:
        """Write the audit line and return its id."""
        return self.desk.audit.write(
            actor=f"{self.who.name} ({self.who.key_id})", role=self.who.role, scene=scene[:64],
            action=self.act, subject=subject[:200], result=result,
        )  # fmt: skip

    def check(self, scene: str, service: str, subject: str = "") -> None:
        """Refuse, with an audit line, a scene that is unknown or not this caller's, or a service it has not."""
        rules = self.desk.rules
        if scene not in rules.scenes:
            self.note(scene, subject, "422")
            raise Refused(
                422, "unknown scene", field="scene", expected=", ".join(rules.scenes), came=scene[:200],
                hint=nearest(scene, rules.scenes),
            )  # fmt: skip
        if scene not in self.who.scenes or service not in rules.scenes[scene].services:
            self.note(scene, subject, "403")
            raise Refused(403, f"this key may not ask for a {service} in scene {scene}", field="scene")


def visit(act: str) -> Callable[..., Visit]:
    """Return a dependency that lets in who may do ``act`` and writes down who may not."""

    def entered(
        request: Request,
        desk: AtDesk,
        x_api_key: Annotated[str | None, Header()] = None,
        authorization: Annotated[str | None, Header()] = None,
    ) -> Visit:
        who = desk.keys.caller(x_api_key)
        if who is None and authorization and request.app.state.tokens is not None:
            who = request.app.state.tokens.caller(authorization)
        if who is None:
            desk.audit.write(actor="unknown", role="", scene="", action=act, subject="", result="401")
            hint = "ask the administrator for one: credit-risk keys make"
            raise Refused(401, "a valid key is needed", field="X-API-Key", hint=hint)
        found = Visit(desk, who, act)
        seconds = request.app.state.limiter.wait(who.key_id)
        if seconds:
            raise Refused(
                429, f"more than {request.app.state.limiter.per_minute} calls a minute", retry_after=seconds
            )
        if not desk.keys.may(who, act):
            found.note("", "", "403")
            raise Refused(403, f"role {who.role} may not do {act}")
        return found

    return entered
