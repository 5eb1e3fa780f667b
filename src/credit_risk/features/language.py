"""The small expression language of the catalogue: parse, refuse what it does not know, list the names used.

The syntax is Python's; the words are few. Nothing is evaluated by Python.

    aggregates   count() count(cond) exists() exists(cond) sum(x) mean(x) min(x) max(x) share(cond)
                 weighted_mean(x) latest(x) latest(x, k) earliest(x) distinct(x)
                 days_since_latest() days_since_earliest()
    scalars      + - * /  < <= == != >= >  and or not  x in ('a', 'b')  if_else(c, a, b)
                 abs log1p sqrt sign least greatest coalesce is_null days_since days_until

Division by zero is null. ``count``, ``exists`` and ``sum`` of nothing are 0, every other aggregate of nothing is null.
``latest`` takes the non-null value with the greatest ``(event_date, received_at, record_id)``.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass

from credit_risk.errors import InputError, nearest

__all__ = ["AGGREGATES", "SCALARS", "Expression", "parse"]

AGGREGATES = {
    "count": (0, 1),
    "exists": (0, 1),
    "sum": (1, 1),
    "mean": (1, 1),
    "min": (1, 1),
    "max": (1, 1),
    "share": (1, 1),
    "weighted_mean": (1, 1),
    "latest": (1, 2),
    "earliest": (1, 1),
    "distinct": (1, 1),
    "days_since_latest": (0, 0),
    "days_since_earliest": (0, 0),
}
SCALARS = {
    "abs": (1, 1),
    "log1p": (1, 1),
    "sqrt": (1, 1),
    "sign": (1, 1),
    "least": (2, 9),
    "greatest": (2, 9),
    "coalesce": (2, 9),
    "if_else": (3, 3),
    "is_null": (1, 1),
    "days_since": (1, 1),
    "days_until": (1, 1),
}
_NODES = (
    ast.Expression, ast.BinOp, ast.UnaryOp, ast.BoolOp, ast.Compare, ast.Call, ast.Name, ast.Constant,
    ast.Tuple, ast.Load, ast.Add, ast.Sub, ast.Mult, ast.Div, ast.USub, ast.Not, ast.And, ast.Or,
    ast.Lt, ast.LtE, ast.Eq, ast.NotEq, ast.GtE, ast.Gt, ast.In, ast.NotIn,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Expression:
    """A parsed expression and the names of fields (or indicators) that it uses."""

    text: str
    tree: ast.expr
    names: frozenset[str]
    aggregates: bool


def parse(text: str) -> Expression:
    """Parse one expression.

    Raises
    ------
    InputError
        Bad syntax, or a word, operator or number of arguments that the language does not know.

    """
    try:
        root = ast.parse(" ".join(text.split()), mode="eval")
    except SyntaxError as problem:
        raise InputError(f"{text!r}: {problem.msg}", text=text) from None
    called = {id(n.func) for n in ast.walk(root) if isinstance(n, ast.Call)}
    names, aggregates = set(), False
    for node in ast.walk(root):
        if not isinstance(node, _NODES):
            raise InputError(f"{text!r}: {type(node).__name__} is not part of the language")
        if isinstance(node, ast.Call):
            aggregates |= _check_call(node, text)
        elif isinstance(node, ast.Name) and id(node) not in called:
            names.add(node.id)
        elif isinstance(node, ast.Compare) and len(node.ops) != 1:
            raise InputError(f"{text!r}: write a chained comparison as two, joined by 'and'")
    return Expression(text, root.body, frozenset(names), aggregates)


def _check_call(node: ast.Call, text: str) -> bool:
    name = node.func.id if isinstance(node.func, ast.Name) else "?"
    known = {**AGGREGATES, **SCALARS}
    if name not in known or node.keywords:
        raise InputError(f"{text!r}: unknown function {name!r}", hint=nearest(name, known))
    least, most = known[name]
    if not least <= len(node.args) <= most:
        raise InputError(f"{text!r}: {name} takes {least} to {most} arguments, came {len(node.args)}")
    return name in AGGREGATES
