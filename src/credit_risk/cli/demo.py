"""``credit-risk demo``: the whole path on a zone that never was, and where to look afterwards."""

from __future__ import annotations

import sys
from datetime import date, datetime, time
from pathlib import Path

from credit_risk.cli import ingest as ingesting
from credit_risk.cli import score as scoring
from credit_risk.cli import simulate as simulating
from credit_risk.cli import train as training
from credit_risk.cli import train_events as hazards
from credit_risk.cli import warn as warning
from credit_risk.cli.app import BookFolder, app, err
from credit_risk.cli.progress import Step
from credit_risk.cli.simulate import END, Enterprises, Months, Outside, Seed
from credit_risk.errors import CheckFailed
from credit_risk.evaluation.backtest import Backtest
from credit_risk.evaluation.report import Words, write_report
from credit_risk.evaluation.report.compose import compose
from credit_risk.explain import Snapshot
from credit_risk.zone import Book

__all__: list[str] = []

EARLIER = date(2026, 3, 31)


NOTE: Words = {
    "zh": "数据全部为模拟，不涉及任何真实企业；指标说明引擎可用，不说明现实中的预测力。",
    "en": "All data are simulated; the figures show that the engine works, not how well it foresees reality.",
}


@app.command()
def demo(
    seed: Seed = 7, enterprises: Enterprises = 5000, outside: Outside = 0.2, months: Months = 48
) -> None:
    """一键演示 · Simulate, ingest, build, train, judge, register, score, explain, warn; then say where to look.

    Everything is written below the book's `var` folder, which may be deleted at any time.
    """
    simulating.run(seed, enterprises, outside, months)
    book = Book.open(BookFolder.path)
    end = datetime.combine(END, time.max)
    files = ingesting.run(book, end)
    recipe = book.recipe()
    judged = _trained(book, recipe.recipe, end)
    for name in training.named(recipe, beside=True)[1:]:
        _trained(book, name, end)
    for name in book.rules.event_models:
        hazards.run(book, name, end, every=12)
    earlier = datetime.combine(EARLIER, time.max)
    with Step("上季评分", "Scoring a quarter before"):
        book.score(earlier, name=recipe.recipe, evidence=False)
    snapshot = scoring.run(book, end, recipe.recipe)
    scoring.show(book, snapshot)
    warned = warning.run(book, end, snapshot)
    warning.show(warned)
    warning.show_leads(warned)
    warning.show_cases(warning.fold(book, end, snapshot, warned))
    scoring.tell_ahead(book, snapshot)
    page = book.rules.var / "reports" / "demo.html"
    with Step("撰写报告", "Writing the report"):
        write_report(
            page,
            compose(
                book.rules, judged, as_of=end, snapshot=snapshot, warnings=warned.warnings, files=files,
                notes=[NOTE],
            ),
        )  # fmt: skip
    _where_to_look(book, snapshot, page)


def _trained(book: Book, name: str, end: datetime) -> Backtest:
    """Train, judge and promote one recipe; one that fails a gate is told and stays out of force."""
    judged, registered, _ = training.run(book, name, end)
    training.show(judged, registered)
    try:
        book.registry.promote(judged.recipe, registered.version, by="演示 demo", reason="演示 demo run")
    except CheckFailed as refused:
        err.print(f"  [yellow]未启用 not promoted[/] {refused}")
    return judged


def _where_to_look(book: Book, snapshot: Snapshot, page: Path) -> None:
    worst = snapshot.scores.sort_values("pd", ascending=False)["subject"].iloc[0]
    program = _near(Path(sys.argv[0]))
    err.print("\n[bold]接下来看什么 Where to look[/]")
    for zh, en, what in [
        ("评估报告", "the report, in a browser", _near(page)),
        ("风险最高的企业及理由", "the riskiest enterprise, explained", f"{program} explain {worst}"),
        (
            "模型与实验",
            "models and runs",
            f"{_near(Path(sys.executable).with_name('mlflow'))} ui --backend-store-uri {book.registry.uri}",
        ),
        (
            "监管工作台与接口",
            "the supervisors' console and the API",
            f"{program} serve --demo",
        ),
    ]:
        err.print(f"  {zh} {en}\n      {what}", markup=False)


def _near(path: Path) -> str:
    """Return a path as seen from here where it lies below."""
    here = Path.cwd()
    absolute = path if path.is_absolute() else here / path
    return str(absolute.relative_to(here)) if absolute.is_relative_to(here) else str(absolute)
