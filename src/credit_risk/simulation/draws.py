"""What every department's file is made with: its own random stream, hits, days, receipts, words."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from credit_risk.simulation.calendar import WARM_UP, Bools, Calendar, Days, Floats, Ints, Words
from credit_risk.simulation.fading import Fading
from credit_risk.simulation.hidden import Hidden
from credit_risk.simulation.population import World
from credit_risk.simulation.ties import Tie

__all__ = ["Columns", "Draws", "Scene", "Sheet", "lagged", "logistic", "yes_no"]

Columns = dict[str, np.ndarray]
RECEIVED, SUBJECT = "归集时间", "统一社会信用代码"


@dataclass
class Sheet:
    """One file to be: columns of equal length, the document number first, sorted by receipt.

    ``event`` and ``code`` name the columns that dirt may spoil; ``person`` marks ids of persons.
    """

    file: str
    columns: Columns
    corrected: int = 0

    def __len__(self) -> int:
        return len(self.columns[RECEIVED])

    def take(self, rows: Ints | Bools) -> Columns:
        """Return the columns of some rows."""
        return {name: column[rows] for name, column in self.columns.items()}


@dataclass(frozen=True)
class Scene:
    """Everything a department can look at: the enterprises, their relations, the hidden process, what fades."""

    calendar: Calendar
    world: World
    hidden: Hidden
    ties: dict[str, Tie]
    fading: Fading

    @cached_property
    def alive_inside(self) -> Bools:
        """Matrix: living enterprises of the zone."""
        return self.hidden.alive & self.world.inside[:, None]

    @cached_property
    def after(self) -> Floats:
        """Matrix: fading consequence of an own event, from the month after it."""
        return lagged(self.hidden.after, 1)

    @cached_property
    def misdeclared(self) -> Bools:
        """Matrix: served by a careless broker."""
        return self._served("declares_for", self.world.careless)

    @cached_property
    def leaking(self) -> Bools:
        """Matrix: goods kept in a leaky warehouse."""
        return self._served("stores_at", self.world.leaky)

    def _served(self, kind: str, by: Bools) -> Bools:
        tie, served = self.ties[kind], np.zeros(self.hidden.alive.shape, dtype=bool)
        opens, closes = self.calendar.month_of(tie.valid_from), self.calendar.month_of(tie.valid_to)
        for row in np.flatnonzero(by[tie.src]):
            end = None if np.isnat(tie.valid_to[row]) else max(0, int(closes[row]))
            served[tie.dst[row], max(0, int(opens[row])) : end] = True
        return served


class Draws:
    """The random stream of one file; a new file never disturbs the others."""

    def __init__(self, scene: Scene, seed: int, name: str) -> None:
        self.scene, self.calendar, self.world, self.hidden = (
            scene, scene.calendar, scene.world, scene.hidden,
        )  # fmt: skip
        self.rng = np.random.default_rng([seed, zlib.crc32(name.encode())])

    def seen(self, months: int = 1, blur: float = 0.5, head: int | None = None) -> Floats:
        """Return the risk of a head (or of all) some months ago, with a lasting blur per enterprise."""
        eye = self.rng.normal(0, blur, self.world.count)[:, None]
        risk = self.hidden.risk if head is None else self.hidden.risks[head]
        return lagged(risk, months) + eye

    def hits(self, rate: Floats, where: Bools) -> tuple[Ints, Ints]:
        """Return (enterprise, month) of Poisson events at ``rate`` a month."""
        counts = self.rng.poisson(np.minimum(rate, 2.0) * where)
        i, m = np.nonzero(counts)
        again = counts[i, m]
        return np.repeat(i, again), np.repeat(m, again)

    def days(self, i: Ints, m: Ints) -> Days:
        """Return a random day of each month, not before the enterprise was founded."""
        starts = self.calendar.starts
        length = (starts[m + 1] - starts[m]).astype(np.int64)
        day = starts[m] + (self.rng.random(len(m)) * length).astype("timedelta64[D]")
        return np.asarray(np.maximum(day, self.world.founded[i]))

    def receipts(self, day: Days, low: int, high: int) -> Days:
        """Return when the platform got it: ``low`` to ``high`` days after, in office hours."""
        lag = self.rng.integers(low, high + 1, len(day)).astype("timedelta64[D]")
        second = self.rng.integers(8 * 3600, 18 * 3600, len(day)).astype("timedelta64[s]")
        moment: Days = (day.astype("datetime64[D]") + lag).astype("datetime64[s]") + second
        return moment

    def pick(self, words: list[str], size: int, p: list[float] | None = None) -> Words:
        """Return words drawn with the given chances."""
        return np.array(words)[self.rng.choice(len(words), size, p=p)]

    def money(self, i: Ints, share: float, spread: float = 1.0) -> Floats:
        """Return amounts in yuan that scale with the size of the enterprise, rounded to 10 yuan."""
        scale = self.world.revenue[i] ** 0.7 * 60
        return (scale * share * np.exp(self.rng.normal(0, spread, len(i)))).round(-1)

    def sheet(self, file: str, number: str, prefix: str, received: Days, columns: Columns) -> Sheet:
        """Return the file: rows received by the end, sorted by receipt, with document numbers."""
        kept = np.flatnonzero(received.astype("datetime64[D]") <= self.calendar.last_day)
        order = kept[np.argsort(received[kept], kind="stable")]
        serial = np.char.mod("%07d", np.arange(1, len(order) + 1))
        numbered: Columns = {number: np.char.add(prefix, serial)}
        rest = {name: column[order] for name, column in columns.items()}
        return Sheet(file, {**numbered, **rest, RECEIVED: received[order]})

    def events(
        self,
        file: str,
        number: str,
        prefix: str,
        i: Ints,
        m: Ints,
        lag: tuple[int, int],
        columns: Callable[[Days], Columns],
        date: str,
    ) -> Sheet:
        """Return a file of single events: enterprises ``i`` in months ``m``, received ``lag`` days after their day."""
        day = self.days(i, m)
        made = {SUBJECT: self.world.uscc[i], **columns(day), date: day}
        return self.sheet(file, number, prefix, self.receipts(day, *lag), made)

    def grid(self, where: Bools) -> tuple[Ints, Ints]:
        """Return (enterprise, month) of monthly reports: living enterprises, after the warm-up."""
        reported = where.copy()
        reported[:, :WARM_UP] = False
        i, m = np.nonzero(reported)
        return i, m


def lagged(matrix: Floats, months: int) -> Floats:
    """Return the matrix of some months ago; the first months repeat the first column."""
    head = np.repeat(matrix[:, :1], months, axis=1)
    return np.concatenate([head, matrix[:, : matrix.shape[1] - months]], axis=1)


def logistic(x: Floats) -> Floats:
    """Return the logistic function."""
    result: Floats = 1.0 / (1.0 + np.exp(-x))
    return result


def yes_no(flags: Bools) -> Words:
    """Return 是 and 否."""
    return np.where(flags, "是", "否")
