"""Who may pass: a key or a signed token, a role that may, a scene that is lawful, and not too often."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from fastapi.concurrency import run_in_threadpool

from credit_risk.errors import nearest
from credit_risk.serving.access import REMEMBERED, STALE, Caller
from credit_risk.serving.api.problem import Refused
from credit_risk.serving.desk import Desk
from credit_risk.store import SILENT

__all__ = ["AtDesk", "Visit", "caller_of", "visit"]


async def desk_of(request: Request) -> Desk:
    """Return the desk of the app that answers."""
    desk: Desk = request.app.state.desk
    return desk


AtDesk = Annotated[Desk, Depends(desk_of)]


@dataclass(frozen=True, slots=True)
class Visit:
    """A call under way: who calls, at which desk; every outcome is written to the audit."""

    desk: Desk
    who: Caller
    act: str

    def note(self, scene: str, subject: str, result: str) -> str:
        """Write the audit line and return its id; it is durable when this returns."""
        return self.desk.audit.write(**self._line(scene, subject, result))

    async def noted(self, scene: str, subject: str, result: str) -> str:
        """Write the audit line as ``note`` does, from the event loop."""
        return await self.desk.audit.append(**self._line(scene, subject, result))

    def check(self, scene: str, service: str, subject: str = "") -> None:
        """Refuse, with an audit line, a scene that is unknown or not this caller's, or a service it has not."""
        try:
            self.allow(scene, service)
        except Refused as refused:
            self.note(scene, subject, str(refused.problem.status))
            raise

    def allow(self, scene: str, service: str) -> None:
        """Refuse a scene that is unknown, over, or not this caller's, or a service it has not."""
        rules = self.desk.rules
        if scene not in rules.scenes:
            raise Refused(
                422, "unknown scene", field="scene", expected=", ".join(rules.scenes), came=scene[:200],
                hint=nearest(scene, rules.scenes),
            )  # fmt: skip
        rule = rules.scenes[scene]
        if scene not in self.who.scenes or service not in rule.services:
            raise Refused(403, f"this key may not ask for a {service} in scene {scene}", field="scene")
        if not rule.valid(self.desk.today):
            raise Refused(403, f"scene {scene} is not in force on {self.desk.today}", field="scene")

    def _line(self, scene: str, subject: str, result: str) -> dict[str, str]:
        return {
            "actor": f"{self.who.name} ({self.who.key_id})", "role": self.who.role, "scene": scene[:64],
            "action": self.act, "subject": subject[:200], "result": result,
        }  # fmt: skip


async def caller_of(request: Request) -> Caller | None:
    """Return who stands behind the key or the token of a request, None when nobody does.

    A key that nobody can look up now is not a wrong key: the caller is told to come again.
    """
    return _let_in_lately(request) or await _introduced(request)


def _let_in_lately(request: Request, within: float = REMEMBERED) -> Caller | None:
    """Return whose key was good a moment ago."""
    desk: Desk = request.app.state.desk
    return desk.keys.remembered(request.headers.get("x-api-key"), within)


async def _introduced(request: Request) -> Caller | None:
    """Ask the store for a key, or the trusted issuers' keys for a token."""
    desk: Desk = request.app.state.desk
    key, who = request.headers.get("x-api-key"), None
    if key:
        try:
            who = await run_in_threadpool(desk.keys.caller, key)
        except SILENT:
            raise Refused(503, "the store does not answer", retry_after=5) from None
    authorization = request.headers.get("authorization")
    if who is None and authorization and request.app.state.tokens is not None:
        who = request.app.state.tokens.caller(authorization)
    return who


async def _known(request: Request, act: str) -> Caller:
    """Return who calls; whoever fails to show it too often from one address waits.

    Strangers at the same address do not shut out a key that was let in lately.
    """
    desk, failures = request.app.state.desk, request.app.state.failures
    address = request.client.host if request.client else "nobody"
    if (seconds := failures.waits(address)) and not _let_in_lately(request, STALE):
        raise Refused(429, "too many calls without a valid key", retry_after=seconds)
    who = await _introduced(request)
    if who is None:
        failures.wait(address)
        await desk.audit.append(
            actor=f"unknown ({address})", role="", scene="", action=act, subject="", result="401"
        )
        hint = "ask the administrator for one: credit-risk keys make"
        raise Refused(401, "a valid key is needed", field="X-API-Key", hint=hint)
    return who


def visit(act: str) -> Callable[..., Awaitable[Visit]]:
    """Return a dependency that lets in who may do ``act`` and writes down who may not."""

    async def entered(request: Request) -> Visit:
        state = request.app.state
        desk: Desk = state.desk
        who = _let_in_lately(request) or await _known(request, act)
        found = request.state.visit = Visit(desk, who, act)
        if seconds := state.limiter.wait(who.key_id):
            raise Refused(429, f"more than {state.limiter.per_minute} calls a minute", retry_after=seconds)
        if not desk.keys.may(who, act):
            await found.noted("", "", "403")
            raise Refused(403, f"role {who.role} may not do {act}")
        return found

    return entered
