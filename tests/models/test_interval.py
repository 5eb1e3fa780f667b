"""The interval of a PD: that of Venn-Abers by its definition, around the PD, wide where little is known."""

from __future__ import annotations

import json

import numpy as np
from sklearn.isotonic import IsotonicRegression

from credit_risk.book.recipe import Calibration
from credit_risk.models.calibration import fit_calibrator
from credit_risk.models.interval import PdInterval, fit_interval


def _sample(rows: int = 400, ties: int = 1) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(5)
    raw = np.round(rng.normal(-1.0, 1.0, rows), ties)
    return raw, (rng.random(rows) < 1 / (1 + np.exp(-raw))).astype(np.int64)


def _by_definition(raw: np.ndarray, labels: np.ndarray, at: float, added: int) -> float:
    """Isotonic regression with the row added, read at its place."""
    fitted = IsotonicRegression().fit(np.append(raw, at), np.append(labels, added))
    return float(fitted.predict([at])[0])


def test_the_bounds_are_isotonic_fits_with_the_row_added_as_good_and_as_bad() -> None:
    raw, labels = _sample()
    fitted = fit_interval(raw, labels)
    asked = np.concatenate([np.unique(raw)[::7], np.unique(raw)[::5] + 0.03, [-9.0, 9.0]])
    middle = np.array([_by_definition(raw, labels, x, 0) for x in asked])
    low, high = fitted.around(asked, middle)
    np.testing.assert_allclose(low, middle, atol=1e-9)
    np.testing.assert_allclose(high, [_by_definition(raw, labels, x, 1) for x in asked], atol=1e-9)


def test_the_interval_holds_the_pd_and_never_turns_round_as_the_score_rises() -> None:
    raw, labels = _sample()
    calibrator = fit_calibrator(Calibration(), raw, labels)
    fitted = fit_interval(raw, labels)
    places = np.linspace(-6, 6, 500)
    pd = calibrator.pd(places)
    low, high = fitted.around(places, pd)
    assert ((low >= 0) & (low <= pd) & (pd <= high) & (high <= 1)).all()
    assert (np.diff(low) >= -1e-12).all() and (np.diff(high) >= -1e-12).all()


def test_more_rows_make_it_narrower() -> None:
    widths = []
    for rows in (200, 20_000):
        raw, labels = _sample(rows)
        low, high = fit_interval(raw, labels).around(np.array([0.0]), np.array([0.5]))
        widths.append(float(high[0] - low[0]))
    assert widths[1] < widths[0]


def test_an_anchored_level_moves_the_bounds_as_it_moves_the_pd() -> None:
    raw, labels = _sample()
    calibrator = fit_calibrator(Calibration(population_rate=0.03), raw, labels)
    plain, moved = fit_interval(raw, labels), fit_interval(raw, labels, calibrator.shift)
    one = np.array([0.0])
    (low, _), (shifted, _) = plain.around(one, np.ones(1)), moved.around(one, np.ones(1))
    logit = np.log(shifted / (1 - shifted)) - np.log(low / (1 - low))
    np.testing.assert_allclose(logit, calibrator.shift)


def test_a_stored_interval_is_the_same() -> None:
    fitted = fit_interval(*_sample())
    assert PdInterval.from_json(json.loads(json.dumps(fitted.to_json()))) == fitted
