"""What a simulation wrote, and what it spoiled on purpose."""

from __future__ import annotations

from dataclasses import dataclass, field

__all__ = ["FileSummary", "SimulationSummary"]


@dataclass(frozen=True, slots=True)
class FileSummary:
    """One file: ``rows = first versions + corrected + repeated + refused``, the same sum that ingest reports.

    Attributes
    ----------
    rows
        Rows in the file, header not counted.
    refused
        Kind of dirt -> rows that ingest must put in quarantine.
    healed
        Kind of dirt -> rows that ingest must load as if they were clean.
    repeated
        Exact copies of another row of the file.
    corrected
        Later versions of a document that the file already holds.
    encoding
        ``utf-8``, ``utf-8-sig`` or ``gb18030``.

    """

    rows: int
    refused: dict[str, int] = field(default_factory=dict)
    healed: dict[str, int] = field(default_factory=dict)
    repeated: int = 0
    corrected: int = 0
    encoding: str = "utf-8"


@dataclass(frozen=True, slots=True)
class SimulationSummary:
    """The whole zone.

    ``adverse_rate`` is the share of living enterprises of the zone with a first adverse event, per year.
    """

    seed: int
    enterprises: int
    outside: int
    months: int
    adverse_events: int
    adverse_rate: float
    files: dict[str, FileSummary]

    @property
    def rows(self) -> int:
        """Rows in all files."""
        return sum(one.rows for one in self.files.values())
