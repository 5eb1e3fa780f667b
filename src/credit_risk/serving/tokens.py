"""Signed tokens (JWT) of callers that have an identity provider: verified with the public keys of one configured file.

Only asymmetric algorithms are taken, the algorithm comes from the key and never from the token, and a token without an
expiry is none.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path

import jwt

from credit_risk.book import Rules
from credit_risk.errors import InputError
from credit_risk.serving.access import OF_TOKEN, Caller

__all__ = ["Tokens"]

FILE, AUDIENCE = "CREDIT_RISK_JWKS", "credit-risk"
ALGORITHMS = ("RS256", "RS512", "PS256", "ES256", "ES384", "EdDSA")


@dataclass(frozen=True)
class Tokens:
    """The keys of the issuers that this service trusts, by key id."""

    rules: Rules
    keys: dict[str, jwt.PyJWK]

    @classmethod
    def of(cls, rules: Rules) -> Tokens | None:
        """Read the JWK set that ``CREDIT_RISK_JWKS`` names, None where it names nothing; InputError on a bad file."""
        name = os.environ.get(FILE)
        if not name:
            return None
        try:
            keys = jwt.PyJWKSet.from_dict(json.loads(Path(name).read_text("utf-8"))).keys
        except (OSError, ValueError, jwt.PyJWTError) as problem:
            raise InputError(f"{FILE}: expected a file with a JWK set", hint=str(problem)) from None
        usable = {str(k.key_id): k for k in keys if k.key_id and k.algorithm_name in ALGORITHMS}
        if not usable:
            raise InputError(f"{FILE}: no key with an id and one of {', '.join(ALGORITHMS)}")
        return cls(rules, usable)

    def caller(self, authorization: str) -> Caller | None:
        """Return who stands behind ``Bearer TOKEN``, None unless signature, audience, time, role and scenes hold."""
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer":
            return None
        try:
            key = self.keys[str(jwt.get_unverified_header(token).get("kid"))]
            claims = jwt.decode(
                token, key.key, [key.algorithm_name], audience=AUDIENCE, leeway=5,
                options={"require": ["exp", "sub", "iss"]},
            )  # fmt: skip
        except (jwt.PyJWTError, KeyError):
            return None
        role, scenes = claims.get("role"), claims.get("scenes")
        if role not in self.rules.roles or not isinstance(scenes, list):
            return None
        known = tuple(s for s in scenes if s in self.rules.scenes)
        name = str(claims.get("name", claims["sub"]))[:100]
        own = _id(str(claims["iss"]), str(claims["sub"]))
        return Caller(own, own, name, str(role), known, "")


def _id(issuer: str, subject: str) -> str:
    """Return the id of a token's caller: no two subjects of any issuers share one, however long they are."""
    told = json.dumps([issuer, subject])
    return f"{OF_TOKEN}{hashlib.sha256(told.encode()).hexdigest()[:20]}:{subject[:36]}"
