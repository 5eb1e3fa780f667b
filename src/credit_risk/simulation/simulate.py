"""The whole story of a simulated zone, top to bottom."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
from dateutil.relativedelta import relativedelta

from credit_risk.errors import InputError
from credit_risk.simulation.adverse import Adverse, adverse_events, adverse_sheets
from credit_risk.simulation.bonded import bonded_sheets
from credit_risk.simulation.calendar import WARM_UP, Calendar
from credit_risk.simulation.conduct import conduct_sheets
from credit_risk.simulation.customs import customs_sheets
from credit_risk.simulation.dirt import PLAN, soil
from credit_risk.simulation.draws import Scene, Sheet
from credit_risk.simulation.exchange import exchange_sheets
from credit_risk.simulation.fading import fade
from credit_risk.simulation.fiscal import fiscal_sheets
from credit_risk.simulation.hidden import live
from credit_risk.simulation.judicial import judicial_sheets
from credit_risk.simulation.life import life_sheets
from credit_risk.simulation.means import means_sheets
from credit_risk.simulation.outages import delay
from credit_risk.simulation.population import populate
from credit_risk.simulation.registers import register_sheets, relation_sheets
from credit_risk.simulation.society import society_sheets
from credit_risk.simulation.standing import standing_sheets
from credit_risk.simulation.summary import FileSummary, SimulationSummary
from credit_risk.simulation.supervision import supervision_sheets
from credit_risk.simulation.ties import channels, tie_up
from credit_risk.simulation.truth import write_truth
from credit_risk.simulation.write import write_sheet

__all__ = ["simulate"]

Progress = Callable[[str, int, int], None]
FEWEST_ENTERPRISES, FEWEST_MONTHS = 200, 12


def simulate(
    inbox: Path,
    truth: Path,
    *,
    seed: int = 7,
    enterprises: int = 5000,
    outside: float = 0.2,
    months: int = 48,
    end: date = date(2026, 6, 30),
    dirt: bool = True,
    progress: Progress | None = None,
) -> SimulationSummary:
    """Write the departments' files of a zone to ``inbox`` and what really happened to ``truth``.

    The same arguments give the same bytes. Files of the same names are replaced, others are left alone.

    Parameters
    ----------
    inbox, truth
        Folders, made if missing. Nothing that computes a score may read ``truth``.
    seed
        Of all draws.
    enterprises
        In the zone, at least 200.
    outside
        Neighbours outside as a multiple of that.
    months
        Reported months, at least 12; a year before them runs unreported but leaves its single records.
    end
        Its month is the last.
    dirt
        Spoil a small, counted share of rows and encode two files otherwise (see ``dirt.py``).
    progress
        Called with (file, files done, files in all).

    Returns
    -------
    SimulationSummary
        Rows and planted dirt by file, adverse events and their yearly rate.

    Raises
    ------
    InputError
        Too few enterprises or months.

    """
    if enterprises < FEWEST_ENTERPRISES or months < FEWEST_MONTHS:
        raise InputError(
            f"a zone needs at least {FEWEST_ENTERPRISES} enterprises and {FEWEST_MONTHS} months,"
            f" came {enterprises} and {months}"
        )
    start = end.replace(day=1) - relativedelta(months=months - 1)
    scene = _scene(seed, enterprises, outside, months, start)
    adverse = adverse_events(scene, seed)
    sheets = _sheets(scene, seed, adverse)
    inbox.mkdir(parents=True, exist_ok=True)
    truth.mkdir(parents=True, exist_ok=True)
    files = {}
    for done, sheet in enumerate(sheets):
        if progress:
            progress(sheet.file, done, len(sheets))
        files[sheet.file] = _write(sheet, inbox, np.random.default_rng([seed, 99, done]), dirt)
    write_truth(scene, seed, adverse, sheets, truth)
    if progress:
        progress("", len(sheets), len(sheets))
    return SimulationSummary(
        seed=seed,
        enterprises=enterprises,
        outside=scene.world.count - enterprises,
        months=months,
        adverse_events=len(adverse.enterprise),
        adverse_rate=_yearly_rate(scene),
        files=files,
    )


def _scene(seed: int, enterprises: int, outside: float, months: int, start: date) -> Scene:
    who, related, lived, faded = (np.random.default_rng([seed, stream]) for stream in range(4))
    calendar = Calendar.of(start, months)
    world = populate(who, calendar, enterprises, outside)
    ties = tie_up(related, calendar, world)
    hidden = live(lived, calendar, world, channels(ties, calendar))
    return Scene(calendar, world, hidden, ties, fade(faded, calendar, world.schemes, world.count))


def _sheets(scene: Scene, seed: int, adverse: Adverse) -> list[Sheet]:
    sheets = [
        *register_sheets(scene, seed, adverse),
        *relation_sheets(scene, seed),
        *adverse_sheets(scene, seed, adverse),
        *judicial_sheets(scene, seed),
        *fiscal_sheets(scene, seed, adverse),
        *customs_sheets(scene, seed, adverse),
        *supervision_sheets(scene, seed),
        *conduct_sheets(scene, seed),
        *bonded_sheets(scene, seed),
        *exchange_sheets(scene, seed, adverse),
        *means_sheets(scene, seed),
        *standing_sheets(scene, seed),
        *society_sheets(scene, seed),
    ]
    return delay(scene.calendar, [*sheets, *life_sheets(scene, seed, sheets)])


def _write(sheet: Sheet, inbox: Path, rng: np.random.Generator, dirt: bool) -> FileSummary:
    plan = PLAN.get(sheet.file) if dirt else None
    soiled, summary = soil(rng, sheet, plan)
    write_sheet(soiled, inbox, summary.encoding)
    return summary


def _yearly_rate(scene: Scene) -> float:
    """Return first adverse events per living enterprise of the zone and year, after the warm-up."""
    inside = scene.world.inside
    struck = scene.hidden.event[inside] >= 0
    before = np.cumsum(struck, axis=1) - struck > 0
    exposed = (scene.hidden.alive[inside] & ~before)[:, WARM_UP:]
    return float(12 * (struck[:, WARM_UP:] & exposed).sum() / exposed.sum())
