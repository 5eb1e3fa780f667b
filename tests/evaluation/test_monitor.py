"""Monitoring: the stated false-alarm rate holds, drift is found, and what a label-free estimate misses is told."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom
from tests.conftest import END, ROOT, copy_zone
from typer.testing import CliRunner

from credit_risk.cli import app
from credit_risk.evaluation.metrics import psi, roc_auc
from credit_risk.evaluation.monitor import ALPHA, decide, drifts, reason_drift
from credit_risk.evaluation.monitor.drift import holm
from credit_risk.evaluation.monitor.label_free import CAVEAT, expected_auc, label_free

COLUMNS = 60


def month(rng: np.random.Generator, n: int) -> pd.DataFrame:
    """Return columns as registers have them: rare counts, heavy tails, gaps, categories."""
    table = {f"c{i}": rng.poisson(0.02 * (i % 9 + 1), n).astype(float) for i in range(COLUMNS // 3)}
    table |= {f"m{i}": rng.lognormal(0, 2, n) for i in range(COLUMNS // 3)}
    for i in range(COLUMNS // 3 - 1):
        values = rng.normal(size=n)
        table[f"g{i}"] = np.where(rng.random(n) < 0.3, np.nan, values)
    return pd.DataFrame(table).assign(k=rng.choice(list("abcd"), n, p=[0.7, 0.2, 0.09, 0.01]))


@pytest.mark.parametrize("n", [300, 4000])
def test_a_month_without_drift_raises_an_alarm_as_rarely_as_is_stated_whatever_its_size(n: int) -> None:
    rng = np.random.default_rng(n)
    months, by_effect, by_chance = 60, 0, 0
    for _ in range(months):
        found = decide(drifts("input", month(rng, n), month(rng, n), list(month(rng, 2).columns)))
        by_effect += any(d.alarm for d in found)
        by_chance += any(d.p_adjusted < ALPHA for d in found)
    most = binom.ppf(0.999, months, ALPHA)
    assert by_effect <= most and by_chance <= most


def test_a_shift_that_matters_is_found_and_one_that_does_not_is_none_however_many_enterprises() -> None:
    rng = np.random.default_rng(1)
    before, now = month(rng, 3000), month(rng, 3000)
    moved = now.assign(m0=now["m0"] * 3)
    assert [d.name for d in decide(drifts("input", before, moved, list(before.columns))) if d.alarm] == ["m0"]
    many, more = month(rng, 200_000)[["m0"]], month(rng, 200_000)[["m0"]]
    told = decide(drifts("input", many, more * 1.03, ["m0"]))[0]
    assert told.p_adjusted < ALPHA and not told.alarm


def test_the_effect_is_the_psi_that_everybody_computes() -> None:
    rng = np.random.default_rng(2)
    one, other = rng.normal(size=900), rng.normal(0.3, 1, 700)
    told = drifts("input", pd.DataFrame({"x": one}), pd.DataFrame({"x": other}), ["x"])[0]
    assert told.psi == pytest.approx(psi(one, other), abs=1e-12)


def test_other_reasons_for_the_same_scores_are_seen() -> None:
    same = pd.Series(["tax"] * 300 + ["courts"] * 300)
    other = pd.Series(["tax"] * 150 + ["courts"] * 450)
    assert decide([reason_drift(same, other)])[0].alarm
    assert not decide([reason_drift(same, same)])[0].alarm


def test_holm_is_the_step_down_of_the_paper() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])


def test_the_expected_auc_is_that_of_labels_drawn_from_the_pds() -> None:
    rng = np.random.default_rng(3)
    pds = np.round(rng.beta(1, 12, 4000), 3)
    drawn = np.mean([roc_auc((rng.random(4000) < pds).astype(int), pds) for _ in range(200)])
    assert expected_auc(pds) == pytest.approx(drawn, abs=0.004)


def test_concept_drift_is_missed_without_labels_and_told_by_the_last_error_and_the_caveat() -> None:
    rng = np.random.default_rng(4)
    pds = rng.beta(1, 12, 5000)
    y = (rng.random(5000) < rng.permutation(pds)).astype(int)  # the ranking is worth nothing any more
    told = label_free(pds, pds, roc_auc(y, pds), float(y.mean()))
    assert told.auc > 0.7 and told.auc_error is not None and told.auc_error > 0.15
    assert "concept drift" in CAVEAT["en"]


def test_the_command_tells_drift_matured_labels_and_estimates(
    zone: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = copy_zone(zone, tmp_path / "copy", monkeypatch)
    result = CliRunner().invoke(app, ["--book", str(ROOT), "monitor", "--as-of", END, "--json"])
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    kinds = {d["kind"] for d in told["drift"]}
    assert kinds == {"input", "score", "reason"} and told["rule"]["looked_at"] == len(told["drift"])
    assert told["matured"]["as_of"] < END and told["matured"]["grades"]
    assert told["label_free"]["caveat"]["en"] and told["label_free"]["auc_error"] is not None
    assert list((book.rules.var / "monitoring").glob("*.json"))
