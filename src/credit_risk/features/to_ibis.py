"""Compile an expression of the catalogue to Ibis, over the rows of one table.

Sums run over DECIMAL(38,6) only, so they do not depend on row order or threads; everything divided is a quotient
of exact sums. The same compiled expression serves training, batch and single requests.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

import ibis
import ibis.expr.types as ir

from credit_risk.errors import InputError, nearest
from credit_risk.features.language import AGGREGATES, Expression
from credit_risk.records.when import When, day_value

__all__ = ["Rows", "compile_expression"]

EXACT = "decimal(38, 6)"
NUMBER = "float64"


@dataclass(frozen=True)
class Rows:
    """What aggregates run over: a presence column, the row filter, the order of time and the weight."""

    present: ir.Column
    keep: ir.BooleanValue
    order: ir.Column | None = None
    happened: ir.Column | None = None
    weight: ir.Column | None = None


def compile_expression(
    expression: Expression, names: Mapping[str, ir.Value], when: When, rows: Rows | None = None
) -> ir.Value:
    """Return the Ibis value of ``expression``.

    Parameters
    ----------
    expression
        Parsed text.
    names
        Field or indicator name -> column.
    when
        The as-of time, for ``days_since`` and its kin.
    rows
        Where aggregates run; None forbids aggregates (row conditions and derived indicators).

    Raises
    ------
    InputError
        A name that ``names`` lacks, or an aggregate where none may stand.

    """
    return _Compiler(expression.text, names, when, rows).value(expression.tree)


class _Compiler:
    def __init__(self, text: str, names: Mapping[str, ir.Value], when: When, rows: Rows | None) -> None:
        self.text, self.names, self.when, self.rows = text, names, when, rows

    def value(self, node: ast.AST) -> Any:
        """Dispatch on the kind of node."""
        return getattr(self, f"_{type(node).__name__.lower()}")(node)

    def _constant(self, node: ast.Constant) -> Any:
        return ibis.literal(node.value)

    def _name(self, node: ast.Name) -> Any:
        if node.id not in self.names:
            raise InputError(f"{self.text!r}: unknown name {node.id!r}", hint=nearest(node.id, self.names))
        return self.names[node.id]

    def _unaryop(self, node: ast.UnaryOp) -> Any:
        value = self.value(node.operand)
        return ~value if isinstance(node.op, ast.Not) else -value

    def _binop(self, node: ast.BinOp) -> Any:
        left, right = self.value(node.left), self.value(node.right)
        if isinstance(node.op, ast.Div):
            return left.cast(NUMBER) / right.cast(NUMBER).nullif(0.0)
        if isinstance(node.op, ast.Add):
            return left + right
        return left - right if isinstance(node.op, ast.Sub) else left * right

    def _boolop(self, node: ast.BoolOp) -> Any:
        first, *rest = [self.value(part) for part in node.values]
        for part in rest:
            first = first & part if isinstance(node.op, ast.And) else first | part
        return first

    def _compare(self, node: ast.Compare) -> Any:
        left, operator, right = self.value(node.left), node.ops[0], node.comparators[0]
        if isinstance(operator, ast.In | ast.NotIn):
            if not isinstance(right, ast.Tuple):
                raise InputError(f"{self.text!r}: 'in' takes a list in brackets: ('a', 'b')")
            found = left.isin([cast(ast.Constant, e).value for e in right.elts])
            return ~found if isinstance(operator, ast.NotIn) else found
        other = self.value(right)
        compared = {
            ast.Lt: left < other,
            ast.LtE: left <= other,
            ast.Eq: left == other,
            ast.NotEq: left != other,
            ast.GtE: left >= other,
            ast.Gt: left > other,
        }
        return compared[type(operator)]

    def _call(self, node: ast.Call) -> Any:
        name = cast(ast.Name, node.func).id
        if name in AGGREGATES:
            if self.rows is None:
                raise InputError(f"{self.text!r}: {name} cannot stand here: no rows to aggregate")
            return getattr(self, f"_agg_{name}")(self.rows, node.args)
        return getattr(self, f"_fun_{name}")(*[self.value(a) for a in node.args])

    # ---- scalars -----------------------------------------------------------------------------------

    def _fun_abs(self, x: Any) -> Any:
        return x.abs()

    def _fun_log1p(self, x: Any) -> Any:
        shifted = x.cast(NUMBER) + 1.0
        return ibis.ifelse(shifted > 0, shifted, ibis.null()).ln()

    def _fun_sqrt(self, x: Any) -> Any:
        number = x.cast(NUMBER)
        return ibis.ifelse(number >= 0, number, ibis.null()).sqrt()

    def _fun_sign(self, x: Any) -> Any:
        return x.sign()

    def _fun_least(self, *xs: Any) -> Any:
        return ibis.least(*xs)

    def _fun_greatest(self, *xs: Any) -> Any:
        return ibis.greatest(*xs)

    def _fun_coalesce(self, *xs: Any) -> Any:
        return ibis.coalesce(*xs)

    def _fun_if_else(self, condition: Any, yes: Any, no: Any) -> Any:
        return ibis.ifelse(condition, yes, no)

    def _fun_is_null(self, x: Any) -> Any:
        return x.isnull()

    def _fun_days_since(self, x: Any) -> Any:
        return day_value(self.when).delta(x, unit="day")

    def _fun_days_until(self, x: Any) -> Any:
        return x.delta(day_value(self.when), unit="day")

    # ---- aggregates --------------------------------------------------------------------------------

    def _condition(self, rows: Rows, args: list[ast.expr]) -> Any:
        return rows.keep & self.value(args[0]) if args else rows.keep

    def _agg_count(self, rows: Rows, args: list[ast.expr]) -> Any:
        return rows.present.count(where=self._condition(rows, args))

    def _agg_exists(self, rows: Rows, args: list[ast.expr]) -> Any:
        return (self._agg_count(rows, args) > 0).cast("int64")

    def _agg_sum(self, rows: Rows, args: list[ast.expr]) -> Any:
        return self._exact_sum(self.value(args[0]), rows.keep).coalesce(0).cast(NUMBER)

    def _agg_mean(self, rows: Rows, args: list[ast.expr]) -> Any:
        x = self.value(args[0])
        return self._exact_sum(x, rows.keep).cast(NUMBER) / self._count_of(x, rows.keep)

    def _agg_min(self, rows: Rows, args: list[ast.expr]) -> Any:
        return self.value(args[0]).min(where=rows.keep)

    def _agg_max(self, rows: Rows, args: list[ast.expr]) -> Any:
        return self.value(args[0]).max(where=rows.keep)

    def _agg_share(self, rows: Rows, args: list[ast.expr]) -> Any:
        hits, all_rows = self._agg_count(rows, args), self._agg_count(rows, [])
        return hits.cast(NUMBER) / all_rows.cast(NUMBER).nullif(0.0)

    def _agg_weighted_mean(self, rows: Rows, args: list[ast.expr]) -> Any:
        if rows.weight is None:
            raise InputError(f"{self.text!r}: weighted_mean needs relations (over:)")
        x = self.value(args[0])
        weight = ibis.ifelse(x.notnull(), rows.weight, ibis.null())
        total = self._exact_sum(weight, rows.keep).cast(NUMBER).nullif(0.0)
        return self._exact_sum(weight.cast(NUMBER) * x.cast(NUMBER), rows.keep).cast(NUMBER) / total

    def _agg_distinct(self, rows: Rows, args: list[ast.expr]) -> Any:
        return self.value(args[0]).nunique(where=rows.keep)

    def _agg_latest(self, rows: Rows, args: list[ast.expr]) -> Any:
        x, order = self.value(args[0]), self._ordered(rows, "latest")
        keep = rows.keep & x.notnull()
        if len(args) == 1:
            return x.argmax(order, where=keep)
        back = cast(ast.Constant, args[1]).value
        if not isinstance(back, int) or back < 0:
            raise InputError(f"{self.text!r}: latest(x, k) takes a whole number k >= 0")
        return x.collect(where=keep, order_by=ibis.desc(order))[back]

    def _agg_earliest(self, rows: Rows, args: list[ast.expr]) -> Any:
        x = self.value(args[0])
        return x.argmin(self._ordered(rows, "earliest"), where=rows.keep & x.notnull())

    def _agg_days_since_latest(self, rows: Rows, args: list[ast.expr]) -> Any:
        return self._fun_days_since(self._date(rows).max(where=rows.keep))

    def _agg_days_since_earliest(self, rows: Rows, args: list[ast.expr]) -> Any:
        return self._fun_days_since(self._date(rows).min(where=rows.keep))

    def _ordered(self, rows: Rows, name: str) -> Any:
        if rows.order is None:
            raise InputError(f"{self.text!r}: {name} needs dated records (from:)")
        return rows.order

    def _date(self, rows: Rows) -> Any:
        if rows.happened is None:
            raise InputError(f"{self.text!r}: days_since_latest needs dated records (from:)")
        return rows.happened

    @staticmethod
    def _exact_sum(x: Any, keep: Any) -> Any:
        if x.type().is_boolean():
            x = x.cast("int64")
        return x.cast(EXACT).sum(where=keep)

    @staticmethod
    def _count_of(x: Any, keep: Any) -> Any:
        return x.count(where=keep).cast(NUMBER).nullif(0.0)
