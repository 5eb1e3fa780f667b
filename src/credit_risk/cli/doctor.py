"""``credit-risk doctor``: is everything in order, and what to do next."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Annotated, Any, Literal

import typer
from sqlalchemy import func, select

from credit_risk.book import Rules, open_rules
from credit_risk.cli.app import BookFolder, Json, app, out, print_json
from credit_risk.cli.sources import plain, show_sources, sources_of
from credit_risk.errors import CreditRiskError
from credit_risk.explain import Snapshots
from credit_risk.records import Pool, Records
from credit_risk.records.contract import breaches
from credit_risk.registry.history import History
from credit_risk.serving.access import Keys
from credit_risk.serving.audit import Audit
from credit_risk.serving.people import People
from credit_risk.store import open_store
from credit_risk.store.tables import cases

__all__: list[str] = []

MARKS = {"fine": "[green]✓[/]", "next": "[yellow]→[/]", "wrong": "[red]✗[/]"}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at; ``next`` is not wrong, only not done yet."""

    state: Literal["fine", "next", "wrong"]
    zh: str
    en: str
    todo: str | None = None


@app.command()
def doctor(
    as_of: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"], help="Sources as known then; by default at the newest delivery of all."
        ),
    ] = None,
    records: Annotated[
        bool, typer.Option("--records", help="Also hold every stored record to the book (seconds a million).")
    ] = False,
    as_json: Json = False,
) -> None:
    """检查 · Look at the machine, the book, sources, the pool, models, scores and the store; say what to do next.

    Exit code 1 when something is wrong. Example: `credit-risk doctor`, `credit-risk doctor --records --json`
    """
    sources: list[dict[str, Any]] = []
    found = list(_look(as_of, records, sources))
    if as_json:
        print_json({"findings": [asdict(one) for one in found], "sources": plain(sources)})
    else:
        if sources:
            show_sources(sources)
        for one in found:
            out.print(f"  {MARKS[one.state]} {one.zh} [dim]{one.en}[/]")
            if one.todo:
                out.print(f"      {one.todo}", markup=False)
    if any(one.state == "wrong" for one in found):
        raise typer.Exit(1)


def _look(as_of: datetime | None, records: bool, sources: list[dict[str, Any]]) -> Iterator[Finding]:
    """Yield what was found, in the order in which things are done; fill ``sources`` on the way."""
    version = ".".join(map(str, sys.version_info[:3]))
    yield Finding("fine", f"Python {version}，{os.cpu_count()} 核", "Python and cores")
    try:
        rules = open_rules(BookFolder.path)
    except CreditRiskError as problem:
        yield Finding("wrong", "账册有误", f"the book: {problem.message}", problem.hint)
        return
    counts = f"{len(rules.indicators)} indicators, {len(rules.sources)} sources, {len(rules.signals)} signals"
    yield Finding("fine", f"账册 {rules.settings.name}", counts)
    yield _space(rules)
    pool = Pool(rules)
    held = [kind for kind in [*rules.records, *rules.relations] if pool.holds(kind)]
    if not held:
        todo = f"credit-risk ingest (files in {rules.inbox}); to practise: credit-risk simulate"
        yield Finding("next", "记录池是空的", "the pool is empty", todo)
        return
    yield Finding("fine", f"记录池有 {len(held)} 类记录与关系", f"{len(held)} kinds of records and relations")
    sources += sources_of(pool, as_of.date() if as_of else None)
    yield from _delivered(sources)
    yield from _conflicts(pool)
    if records:
        yield from _kept(pool, held)
    yield from _models(rules)
    yield from _store(rules)


def _delivered(sources: list[dict[str, Any]]) -> Iterator[Finding]:
    late = [row for row in sources if row["overdue"]]
    newest = max(row["last_received"] for row in sources if row["last_received"])
    age = (datetime.now() - newest).days
    told = f"{len(sources)} sources, {len(late)} overdue, the newest delivery {age} days ago"
    yield Finding("fine", f"{len(sources)} 个来源，{len(late)} 个逾期，最近归集 {newest:%Y-%m-%d}", told)
    for row in late:
        last = f"最近一次 {row['last_received']:%Y-%m-%d}" if row["last_received"] else "从未到达"
        zh = f"{row['title_zh']} 逾期未到，{last}"
        yield Finding(
            "next", zh, f"{row['title_en']}: overdue", f"ask the department; source {row['source']}"
        )


def _conflicts(pool: Pool) -> Iterator[Finding]:
    """Tell how many records another source prevails over, and where the two say different things."""
    for kind in (name for name, kind in pool.rules.records.items() if kind.life == "superseded"):
        if pool.holds(kind):
            rows = Records(pool).known(kind, datetime.now()).select("subject", "differs").to_pandas()
            differ = rows[rows["differs"].notna()]
            zh = f"{len(rows):,} 条记录以其他来源为准，其中 {len(differ):,} 条说法不一"
            en = f"{len(rows):,} records superseded, {len(differ):,} in conflict"
            todo = f"credit-risk archive {differ['subject'].iloc[0]} --as-of DATE" if len(differ) else None
            yield Finding("next" if len(differ) else "fine", zh, en, todo)


def _kept(pool: Pool, held: list[str]) -> Iterator[Finding]:
    broken = [breach for kind in held for breach in breaches(pool, kind)]
    if not broken:
        yield Finding("fine", "所有记录符合账册", "every stored record keeps what the book demands")
    for one in broken:
        came = f" ({', '.join(one.came)})" if one.came else ""
        where = f"{one.kind}.{one.column}" if one.column else one.kind
        yield Finding(
            "wrong", f"{where} 不符合账册", f"{one.rule}{came}", "ingest the files again with this book"
        )


def _space(rules: Rules) -> Finding:
    rules.var.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(rules.var).free / 2**30
    if not os.access(rules.var, os.W_OK):
        return Finding("wrong", "不可写", f"{rules.var} cannot be written to")
    state: Literal["fine", "wrong"] = "fine" if free > 2 else "wrong"
    return Finding(state, f"磁盘剩余 {free:.0f} GiB", f"free where {rules.var} lies")


def _models(rules: Rules) -> Iterator[Finding]:
    history = History(rules.var / "registry" / "history.jsonl")
    for name in rules.recipes:
        event = history.champion(name)
        if event is None:
            todo = f"credit-risk train {name} && credit-risk promote --by NAME --reason WHY"
            yield Finding("next", f"{name} 尚无现行模型", "no champion yet", todo)
        elif not (rules.var / "models" / event.model_id).is_dir():
            yield Finding(
                "wrong", f"{name} 的现行模型 {event.model_id} 不在", "the champion's folder is missing"
            )
        else:
            yield Finding(
                "fine", f"{name} 现行模型 {event.model_id}", f"in force since {event.at[:10]}, by {event.by}"
            )
    current = Snapshots(rules.var / "snapshots").current()
    if current is None:
        yield Finding("next", "尚未发布评分", "nothing is published", "credit-risk warn --as-of DATE")
    else:
        yield Finding("fine", f"已发布评分，截至 {current[:10]}", "scores are published")


def _store(rules: Rules) -> Iterator[Finding]:
    try:
        engine = open_store(rules.var)
        head = Audit(engine).verify()
    except CreditRiskError as problem:
        yield Finding("wrong", "业务库有误", problem.message, problem.hint)
        return
    yield Finding("fine", f"审计链完整，{head.lines:,} 条", "the audit chain is whole")
    with engine.connect() as connection:
        n = connection.execute(select(func.count()).select_from(cases)).scalar()
    yield Finding("fine", f"预警台账 {n:,} 件", "cases in the ledger")
    if not any(not one.closed_at for one in People(engine, rules).all()):
        todo = "credit-risk users add wang --name 王监管 --role supervisor; to practise: credit-risk serve --demo"
        yield Finding("next", "尚无账号", "nobody can sign in to the console", todo)
    if not any(not one.revoked_at for one in Keys(engine, rules).all()):
        todo = "credit-risk keys make --name 外汇系统 --role system --scene foreign_exchange"
        yield Finding("next", "尚无密钥", "no system can call the API", todo)
