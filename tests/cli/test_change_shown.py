"""What a person reads of a change adds up as it is printed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credit_risk.explain.suppose import in_tenths

POINTS = st.floats(-500, 500)


@given(POINTS, st.lists(POINTS, min_size=1, max_size=6))
def test_the_steps_shown_lead_from_the_start_shown_to_the_end_shown(start: float, steps: list[float]) -> None:
    shown = in_tenths(start, steps)
    end = round((start + sum(steps)) * 10)
    assert round(start * 10) + sum(shown) * 10 == pytest.approx(end, abs=1e-6)
    assert all(abs(one - step) <= 0.1001 for one, step in zip(shown, steps, strict=True))


def test_rounding_each_step_alone_would_not_add_up() -> None:
    assert [round(step, 1) for step in (0.04, 0.04)] == [0.0, 0.0]
    assert in_tenths(0.04, [0.04, 0.04]) == [0.1, 0.0]
