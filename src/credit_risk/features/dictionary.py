"""The data dictionary, derived from the catalogue and the record types."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files

from jinja2 import Environment

from credit_risk.book.schema import Indicator
from credit_risk.features.catalogue import Catalogue, Entry

__all__ = ["dictionary", "dictionary_page"]

ARROWS = {"increases": "↑", "decreases": "↓", "none": "·"}


def dictionary(catalogue: Catalogue) -> str:
    """Return Markdown: indicators by node of the tree, then record types and relation types."""
    parts = (_indicators, _records, _relations, _stops)
    return "\n".join(line for part in parts for line in part(catalogue)) + "\n"


def dictionary_page(catalogue: Catalogue) -> str:
    """Return the same as one HTML page with a search field; it asks nothing of any network."""
    rules = catalogue.rules
    by_node: dict[str, list[tuple[Indicator, str]]] = {path: [] for path in rules.tree}
    for entry in catalogue.entries.values():
        by_node[entry.rule.tree].append((entry.rule, _origin(entry.rule)))
    template = Environment(autoescape=True, trim_blocks=True).from_string(
        files("credit_risk.features").joinpath("dictionary.html").read_text(encoding="utf-8")
    )
    return template.render(
        title=rules.settings.title, arrows=ARROWS, stops=list(rules.stops.values()),
        indicators=[(rules.tree[path], rows) for path, rows in by_node.items() if rows],
        records=list(rules.records.values()), relations=list(rules.relations.values()),
    )  # fmt: skip


def _indicators(catalogue: Catalogue) -> Iterator[str]:
    title = catalogue.rules.settings.title
    yield f"# 数据字典 Data dictionary: {title.zh} {title.en}\n"
    yield "Written by `credit-risk features dictionary`; the catalogue is the source.\n"
    yield "↑ more of it may only raise the risk, ↓ only lower it, · no direction is imposed.\n"
    yield "## 指标 Indicators"
    for path, node in catalogue.rules.tree.items():
        entries = [e for e in catalogue.entries.values() if e.rule.tree == path]
        if entries:
            yield f"\n### {node.title.zh} {node.title.en} (`{path}`)\n"
            yield "| 指标 indicator | 名称 title | 取自 from | 计算 value | 窗口 window | 方向 | 依据 basis |"
            yield "|---|---|---|---|---|---|---|"
            yield from (_indicator(entry) for entry in entries)


def _indicator(entry: Entry) -> str:
    rule = entry.rule
    value = f"`{rule.value}`" + (f" 当 where `{rule.where}`" if rule.where else "")
    use = "" if rule.input else " (不入模 no input)"
    cells = [
        f"`{rule.name}`{use}", f"{rule.title.zh} {rule.title.en}", _origin(rule), value, str(rule.window),
        ARROWS[rule.risk], rule.basis,
    ]  # fmt: skip
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"


def _origin(rule: Indicator) -> str:
    """Return the record type, relations or network that an indicator is taken from."""
    if rule.over:
        kinds = rule.over.relation if isinstance(rule.over.relation, str) else ", ".join(rule.over.relation)
        return f"{kinds} ({rule.over.direction}, {rule.over.hops})"
    return rule.from_ or rule.network or "指标 indicators"


def _records(catalogue: Catalogue) -> Iterator[str]:
    yield "\n## 记录 Records\n"
    yield "| 类型 type | 名称 title | 部门 department | 字段 fields |"
    yield "|---|---|---|---|"
    for kind in catalogue.rules.records.values():
        fields = ", ".join(f"`{name}` {rule.type}" for name, rule in kind.fields.items())
        yield f"| `{kind.type}` | {kind.title.zh} {kind.title.en} | {kind.department} | {fields} |"


def _relations(catalogue: Catalogue) -> Iterator[str]:
    yield "\n## 关系 Relations\n"
    yield "| 类型 type | 名称 title | 从 from | 到 to | 权重 weight |"
    yield "|---|---|---|---|---|"
    for kind in catalogue.rules.relations.values():
        weight = f"{kind.weight.zh} {kind.weight.en}" if kind.weight else ""
        yield f"| `{kind.type}` | {kind.title.zh} {kind.title.en} | {kind.src} | {kind.dst} | {weight} |"


def _stops(catalogue: Catalogue) -> Iterator[str]:
    stops = catalogue.rules.stops.values()
    if stops:
        yield "\n## 不作关联的节点 Nodes that relate nobody\n"
        yield "| 节点 node | 名称 title | 理由 why | 复核 reviewed by | 起 since | 止 until |"
        yield "|---|---|---|---|---|---|"
    for stop in stops:
        title = f"{stop.title.zh} {stop.title.en}"
        yield f"| `{stop.stop}` | {title} | {stop.why} | {stop.by} | {stop.since} | {stop.until or ''} |"
