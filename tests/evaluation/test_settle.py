"""A service that never comes to rest is not measured."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from itertools import count

import pytest
from evaluation.bench import serve
from evaluation.bench.serve import Door


@pytest.fixture
def door(monkeypatch: pytest.MonkeyPatch) -> Iterator[Door]:
    monkeypatch.setattr(serve.time, "sleep", lambda seconds: None)
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        yield Door(0, "", process)
        process.kill()


def test_a_service_that_goes_on_working_is_not_taken_for_one_at_rest(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = count()
    monkeypatch.setattr(Door, "_worked", property(lambda door: float(next(work))))
    with pytest.raises(RuntimeError, match=r"did not come to rest within 0\.1 seconds"):
        door.settle(0.1)


def test_a_service_at_rest_is_measured(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Door, "_worked", property(lambda door: 1.0))
    door.settle(0.1)
