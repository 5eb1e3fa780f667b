"""What schemathesis checks beside its own: no answer holds a number that is none, or shows how the engine is built."""

from __future__ import annotations

import re

import schemathesis

TRACE = re.compile(rb'Traceback \(most recent call last\)|File "[^"]+", line \d+')
NOT_FINITE = re.compile(rb"[:\[,]\s*-?(NaN|Infinity)\b")


@schemathesis.check
def no_trace_and_no_nan(
    ctx: schemathesis.CheckContext, response: schemathesis.Response, case: schemathesis.Case
) -> None:
    """Refuse stack traces, and NaN and Infinity outside of texts."""
    assert not TRACE.search(response.content), "a stack trace is shown"
    if "json" in (response.headers.get("content-type") or [""])[0]:
        without_texts = re.sub(rb'"(?:[^"\\]|\\.)*"', b'""', response.content)
        assert not NOT_FINITE.search(without_texts), "a number that is not finite"
