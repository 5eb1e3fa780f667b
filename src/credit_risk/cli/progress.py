"""Progress of long work: a bar on a terminal, one line a step elsewhere; always on stderr."""

from __future__ import annotations

import time
from types import TracebackType

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from credit_risk.cli.app import err

__all__ = ["Step"]


class Step:
    """A named step that engine code reports to by calling it with (what, done, in all)."""

    def __init__(self, zh: str, en: str) -> None:
        self.title = f"{zh} {en}"
        self.bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("[dim]{task.fields[what]}"),
            console=err,
            transient=True,
        )

    def __call__(self, what: str, done: int, total: int) -> None:
        """Show how far the step is."""
        self.bar.update(self.task, completed=done, total=total, what=what)

    def __enter__(self) -> Step:
        self.began = time.monotonic()
        self.task = self.bar.add_task(self.title, total=None, what="")
        if err.is_terminal:
            self.bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if err.is_terminal:
            self.bar.stop()
        mark = "✗" if kind else "✓"
        err.print(f"{mark} {self.title}  {time.monotonic() - self.began:.1f} s", markup=False)
