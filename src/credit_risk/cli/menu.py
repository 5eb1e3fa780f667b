"""What commands there are, read from the files that define them without importing these.

A command's file imports what it works with, which takes seconds; whoever asks for help, or for another command, shall
not wait for it. So names and first lines are read from the source, and a file is imported when its command is called.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Item", "menu"]

HERE = Path(__file__).parent
ORDER = [
    "demo", "simulate", "ingest", "identity", "features", "train", "train-events", "evaluate",
    "validate", "promote", "rollback", "shadow", "history", "card", "replay", "score",
    "warn", "share", "judge-warnings", "verdicts", "stress", "explain", "pictures", "archive",
    "report", "relate", "what-if", "recourse", "change", "standing", "override", "ratings",
    "lists", "plan", "monitor", "serve", "keys", "users", "audit", "doctor",
    "init",
]  # fmt: skip


@dataclass(frozen=True)
class Item:
    """A command or group of commands: its name, the module that defines it, the line that tells what it does."""

    name: str
    module: str
    tells: str


def menu() -> dict[str, Item]:
    """Return all items by name in the order in which they are met; what has no place in it comes last."""
    found = [item for path in sorted(HERE.glob("*.py")) for item in _items(path)]
    found.sort(key=lambda item: [*ORDER, item.name].index(item.name))
    return {item.name: item for item in found}


def _items(path: Path) -> Iterator[Item]:
    """Yield what a file puts on the menu: functions under ``@app.command`` and what ``app.add_typer`` is given."""
    module, tree = f"credit_risk.cli.{path.stem}", ast.parse(path.read_text(encoding="utf-8"))
    groups = {}
    for node in tree.body:
        match node:
            case ast.FunctionDef(name=name, decorator_list=[ast.Call() as call, *_]) if _is(call, "command"):
                told = (ast.get_docstring(node) or "").partition("\n")[0]
                yield Item(_text(call, "name") or name.replace("_", "-"), module, told)
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call() as call):
                groups[name] = _text(call, "help")
            case ast.Expr(value=ast.Call(args=[ast.Name(id=name)]) as call) if _is(call, "add_typer"):
                yield Item(_text(call, "name"), module, groups[name])


def _is(call: ast.Call, method: str) -> bool:
    match call.func:
        case ast.Attribute(value=ast.Name(id="app"), attr=attr):
            return attr == method
    return False


def _text(call: ast.Call, keyword: str) -> str:
    given = {k.arg: k.value for k in call.keywords}
    match given.get(keyword):
        case ast.Constant(value=str(text)):
            return text
    return ""
