"""What a catalogue computes, written as SQL once and run for any pool, subjects and moment.

Turning a catalogue into SQL takes far longer than running it for one enterprise. So the statements are written over
names of tables (``Outline``) and of the moment (``Asked``); a run puts in what they stand for. Plans are kept in
memory and below the book's ``var/plans``, by the hash of all they depend on, so that another process reads them.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import ibis
import ibis.expr.types as ir

from credit_risk.book import Rules, Span
from credit_risk.book.networks import NETWORK_FIELDS
from credit_risk.features.hashes import code_hash, environment, text_hash
from credit_risk.graph import Graph
from credit_risk.records import Records
from credit_risk.records.outline import Outline
from credit_risk.records.store import atomic_path
from credit_risk.records.when import Asked, When

__all__ = ["SUBJECTS", "Plan", "Plans", "Writer"]

SUBJECTS = "asked_subjects"


@dataclass(frozen=True)
class Plan:
    """SQL of kept tables in order, of the result, and what they need.

    ``reads`` maps types of the pool to the names they go by, ``spans`` are those the statements look back;
    ``networks`` maps networks of the book to the names that their tables go by.
    """

    steps: list[tuple[str, str]]
    result: str
    reads: dict[str, str]
    spans: list[tuple[int, int]]
    networks: dict[str, str] = field(default_factory=dict)

    @property
    def asked(self) -> Asked:
        """The moment with the spans that its variables are needed for."""
        return Asked({Span(days, months) for days, months in self.spans})


class Plans:
    """The plans of one catalogue: in memory, else on disk, else written."""

    def __init__(self, rules: Rules, catalogue_hash: str) -> None:
        self.rules = rules
        self.folder = rules.var / "plans"
        self.based_on = [catalogue_hash, code_hash(), environment()]
        self.known: dict[str, Plan] = {}
        self.shared: dict[str, tuple[Plan, ibis.Schema]] = {}
        self.writing = threading.RLock()

    def get(self, what: Sequence[object], write: Callable[[Writer], ir.Table]) -> Plan:
        """Return the plan of ``what``; ``write`` builds its result over a writer if it is not known. One at a time."""
        key = text_hash([self.based_on, list(what)])[:32]
        with self.writing:
            if key not in self.known:
                path = self.folder / f"{key}.json"
                self.known[key] = _read(path) if path.is_file() else self._write(path, write)
            return self.known[key]

    def _write(self, path: Path, write: Callable[[Writer], ir.Table]) -> Plan:
        plan = (writer := Writer(self)).plan(write(writer))
        with atomic_path(path) as draft:
            draft.write_text(json.dumps(asdict(plan)), encoding="utf-8")
        return plan


def _read(path: Path) -> Plan:
    told = json.loads(path.read_text(encoding="utf-8"))
    steps, spans = [tuple(step) for step in told["steps"]], [tuple(span) for span in told["spans"]]
    return Plan(**told | {"steps": steps, "spans": spans})


class _KeptRecords(Records):
    """Records whose ended ones are computed once for all types."""

    def __init__(self, writer: Writer) -> None:
        super().__init__(writer.outline)
        self.writer = writer

    def ended(self, t: When, lives: Sequence[str], among: ir.Table | None = None) -> ir.Table | None:
        """Return the record ids that life records ended, as a shared table."""
        if not self._kinds(set(lives)):
            return None
        return self.writer.shared("ended_" + "_".join(sorted(lives)), lambda writer: _ended(writer, lives))


def _ended(writer: Writer, lives: Sequence[str]) -> ir.Table:
    ended = Records(writer.outline).ended(writer.asked, lives)
    assert ended is not None
    return ended.distinct()


class Writer:
    """Collects the statements of a plan while expressions are built over its records and graph."""

    def __init__(self, plans: Plans) -> None:
        self.outline, self.asked, self.plans = Outline(plans.rules), Asked(), plans
        self.records = _KeptRecords(self)
        self.graph = Graph(self.outline, self.records)
        self.subjects = ibis.table({"subject": "string"}, name=SUBJECTS)
        self.steps: dict[str, str] = {}
        self.networks: dict[str, str] = {}

    def keep(self, table: ir.Table) -> ir.Table:
        """Add a statement that stores ``table``; return the stored result by name."""
        name = f"step_{len(self.steps)}"
        self.steps[name] = ibis.to_sql(table, dialect="duckdb")
        return ibis.table(table.schema(), name=name)

    def network(self, name: str) -> ir.Table:
        """Return the table of a network by name: ``subject`` and its fields, as whoever runs the plan gives it."""
        self.networks[name] = f"network_{name}"
        fields = NETWORK_FIELDS[self.plans.rules.networks[name].kind]
        return ibis.table({"subject": "string"} | dict.fromkeys(fields, "float64"), name=self.networks[name])

    def shared(self, name: str, write: Callable[[Writer], ir.Table]) -> ir.Table:
        """Store a table that is the same in every plan of the catalogue: written once, run once in a session."""
        if name not in self.plans.shared:
            writer = Writer(self.plans)
            table = write(writer)
            self.plans.shared[name] = writer.plan(table), table.schema()
        plan, schema = self.plans.shared[name]
        self.steps |= dict(plan.steps) | {name: plan.result}
        self.outline.used |= plan.reads
        self.asked.spans |= plan.asked.spans
        self.networks |= plan.networks
        return ibis.table(schema, name=name)

    def plan(self, table: ir.Table) -> Plan:
        """Return the plan that ends with ``table``."""
        result = ibis.to_sql(table, dialect="duckdb")
        spans = sorted((span.days, span.months) for span in self.asked.spans)
        return Plan(list(self.steps.items()), result, self.outline.used, spans, self.networks)
