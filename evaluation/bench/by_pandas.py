"""The catalogue's own indicators over pandas: one grouping an aggregate, columns throughout, nothing shared with Ibis.

It is the peer of the engine's speed and an oracle of its values. Nulls are ``NA`` throughout, as in SQL: what is
compared with a null is null, and a condition that is null keeps no row.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from credit_risk.book import Span
from credit_risk.features import Catalogue
from credit_risk.features.catalogue import Entry
from credit_risk.features.language import AGGREGATES

__all__ = ["known_with_pandas", "own_with_pandas"]

ORDER = ["event_date", "received_at", "record_id"]


def known_with_pandas(rows: pd.DataFrame, t: pd.Timestamp) -> pd.DataFrame:
    """Return of each record the version known at t, if it is usable then."""
    end = t + pd.Timedelta(days=1) - pd.Timedelta(microseconds=1)
    rows = rows[rows["received_at"] <= end].sort_values(["record_id", "received_at", "version"])
    rows = rows.drop_duplicates("record_id", keep="last")
    begun, over = pd.to_datetime(rows["usable_from"]), pd.to_datetime(rows["usable_until"])
    return rows[(begun.isna() | (begun <= t)) & (over.isna() | (over > t))]


def own_with_pandas(
    catalogue: Catalogue,
    read: Callable[[str], pd.DataFrame],
    subjects: Iterable[str],
    t: pd.Timestamp,
    names: Iterable[str],
) -> pd.DataFrame:
    """Return indicators without relations by subject; ``read`` gives the records of a type known and usable at t."""
    table = pd.DataFrame(index=pd.Index(sorted(set(subjects)), name="subject"))
    frames: dict[str, pd.DataFrame] = {}
    for name in catalogue.closure(names):
        entry = catalogue.entries[name]
        if entry.stage == "record":
            kind = str(entry.rule.from_)
            if kind not in frames:
                frames[kind] = _typed(read(kind)).sort_values(ORDER, kind="stable")
            table[name] = _aggregated(entry, frames[kind], table.index, t)
        else:
            columns = {n: table[n] for n in entry.names}
            value = _value(entry.value.tree, columns, t, table.index)
            if entry.where is not None:
                value = value.where(
                    _value(entry.where.tree, columns, t, table.index).fillna(False).astype(bool)
                )
            table[name] = value
    return table


def _typed(rows: pd.DataFrame) -> pd.DataFrame:
    """Return columns with ``NA``: numbers as Float64, flags as boolean, days as moments, words as they are."""
    typed = {}
    for name in rows.columns:
        column = rows[name]
        known = column.dropna()
        sample = known.iloc[0] if len(known) else None
        if name in ("event_date", "received_at") or hasattr(sample, "year"):
            typed[name] = pd.to_datetime(column)
        elif isinstance(sample, bool | np.bool_):
            typed[name] = column.astype("boolean")
        elif sample is not None and not isinstance(sample, str):
            typed[name] = pd.array(pd.to_numeric(column.astype(float)), "Float64")
        else:
            typed[name] = column.astype("string")
    return pd.DataFrame(typed, index=rows.index)


def _aggregated(entry: Entry, rows: pd.DataFrame, index: pd.Index, t: pd.Timestamp) -> pd.Series:
    window = entry.rule.window
    inside = rows["event_date"] <= _before(t, window.end)
    if window.start is not None:
        inside &= rows["event_date"] > _before(t, window.start)
    kept = rows[inside]
    if entry.where is not None:
        kept = kept[_value(entry.where.tree, kept, t, kept.index).fillna(False).astype(bool)]
    return _Folded(kept, index, t).value(entry.value.tree)


def _before(t: pd.Timestamp, span: Span) -> pd.Timestamp:
    return pd.Timestamp(span.before(t.date()))


class _Folded:
    """Evaluates an expression with aggregates: their arguments by row, all else by subject."""

    def __init__(self, rows: pd.DataFrame, index: pd.Index, t: pd.Timestamp) -> None:
        self.rows, self.index, self.t = rows, index, t

    def value(self, node: ast.AST) -> Any:
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in AGGREGATES:
            return self._fold(node.func.id, node.args)
        return _combined(node, self.value, self.t, {}, self.index)

    def _fold(self, word: str, args: list[ast.expr]) -> pd.Series:
        if word in ("days_since_latest", "days_since_earliest"):
            last = self._by(self.rows["event_date"])
            return _days(self.t, self._all(last.max() if word.endswith("_latest") else last.min()))
        if word in ("count", "exists", "share"):
            kept = pd.Series(True, self.rows.index)
            if args:
                kept = self._row(args[0]).fillna(False).astype(bool)
            hits = self._all(self._by(kept.astype("Int64")).sum()).fillna(0).astype("Float64")
            if word == "share":
                return hits / self._all(self._by(kept).size()).astype("Float64")
            return hits if word == "count" else (hits > 0).astype("Float64")
        x = self._row(args[0])
        if word == "latest" and len(args) == 2:
            back = ast.literal_eval(args[1])
            return self._all(self._by(x.dropna()).nth(-1 - back).pipe(self._named))
        if word in ("latest", "earliest"):
            by = self._by(x.dropna())
            return self._all(by.last() if word == "latest" else by.first())
        if word == "distinct":
            return self._all(self._by(x).nunique()).fillna(0).astype("Float64")
        if str(x.dtype) == "boolean":
            x = x.astype("Float64")
        folded = self._by(x).agg(word)
        return self._all(folded).fillna(0) if word == "sum" else self._all(folded)

    def _row(self, node: ast.expr) -> Any:
        return _value(node, self.rows, self.t, self.rows.index)

    def _by(self, x: pd.Series) -> Any:
        return x.groupby(self.rows["subject"].reindex(x.index))

    def _named(self, found: pd.Series) -> pd.Series:
        return found.set_axis(self.rows["subject"].reindex(found.index))

    def _all(self, found: pd.Series) -> pd.Series:
        return found.reindex(self.index)


def _value(node: ast.AST, names: Mapping[str, Any] | pd.DataFrame, t: pd.Timestamp, index: pd.Index) -> Any:
    return _combined(node, lambda part: _value(part, names, t, index), t, names, index)


def _combined(
    node: ast.AST, of: Callable[[ast.AST], Any], t: pd.Timestamp, names: Any, index: pd.Index
) -> Any:
    """Return the value of one node, its parts being valued by ``of``."""
    match node:
        case ast.Constant(value=value):
            return pd.Series(value, index, dtype="string" if isinstance(value, str) else "Float64")
        case ast.Name(id=name):
            return names[name]
        case ast.UnaryOp(op=ast.Not(), operand=x):
            return ~of(x)
        case ast.UnaryOp(operand=x):
            return -of(x)
        case ast.BinOp(left=left, op=op, right=right):
            return _reckoned(op, _number(of(left)), _number(of(right)))
        case ast.BoolOp(op=op, values=parts):
            first, *rest = [of(part).astype("boolean") for part in parts]
            for part in rest:
                first = first & part if isinstance(op, ast.And) else first | part
            return first
        case ast.Compare(left=left, ops=[ast.In() | ast.NotIn() as op], comparators=[ast.Tuple(elts=found)]):
            x = of(left)
            hit = x.isin([ast.literal_eval(e) for e in found]).astype("boolean").mask(x.isna())
            return ~hit if isinstance(op, ast.NotIn) else hit
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            return _compared(op, of(left), of(right))
        case ast.Call(func=ast.Name(id=word), args=args):
            return _called(word, [of(a) for a in args], t)
    raise TypeError(ast.dump(node))


def _number(x: Any) -> Any:
    return x.astype("Float64")


def _reckoned(op: ast.AST, left: Any, right: Any) -> Any:
    if isinstance(op, ast.Div):
        return left / right.mask(right == 0)
    if isinstance(op, ast.Add):
        return left + right
    return left - right if isinstance(op, ast.Sub) else left * right


def _compared(op: ast.AST, left: Any, right: Any) -> Any:
    if str(left.dtype) == "boolean":
        left = _number(left)
    told = {
        ast.Lt: left.lt, ast.LtE: left.le, ast.Eq: left.eq, ast.NotEq: left.ne, ast.GtE: left.ge, ast.Gt: left.gt,
    }[type(op)](right)  # fmt: skip
    return told.astype("boolean").mask(left.isna() | right.isna())


def _called(word: str, args: list[Any], t: pd.Timestamp) -> Any:
    first = args[0]
    if word == "days_since":
        return _days(t, first)
    if word == "days_until":
        return -_days(t, first)
    if word == "is_null":
        return first.isna().astype("boolean")
    if word == "coalesce":
        for other in args[1:]:
            first = first.fillna(other)
        return first
    if word == "if_else":
        return args[1].where(first.astype("boolean").fillna(False).astype(bool), args[2])
    if word in ("least", "greatest"):
        together = pd.concat([_number(a) for a in args], axis=1)
        return together.min(axis=1) if word == "least" else together.max(axis=1)
    x = _number(first)
    if word == "log1p":
        return np.log1p(x.mask(x <= -1))
    if word == "sqrt":
        return np.sqrt(x.mask(x < 0))
    return x.abs() if word == "abs" else np.sign(x)


def _days(t: pd.Timestamp, day: Any) -> Any:
    moments = pd.to_datetime(day)
    return (t - moments.dt.normalize()).dt.days.astype("Float64")
