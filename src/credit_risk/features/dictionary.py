"""The data dictionary, derived from the catalogue and the record types."""

from __future__ import annotations

from collections.abc import Iterator

from credit_risk.features.catalogue import Catalogue, Entry

__all__ = ["dictionary"]

ARROWS = {"increases": "↑", "decreases": "↓", "none": "·"}


def dictionary(catalogue: Catalogue) -> str:
    """Return Markdown: indicators by node of the tree, then record types and relation types."""
    return "\n".join([*_indicators(catalogue), *_records(catalogue), *_relations(catalogue)]) + "\n"


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
    over = rule.over
    origin = rule.from_ or "指标 indicators"
    if over:
        kinds = over.relation if isinstance(over.relation, str) else ", ".join(over.relation)
        origin = f"{kinds} ({over.direction}, {over.hops})"
    value = f"`{rule.value}`" + (f" 当 where `{rule.where}`" if rule.where else "")
    use = "" if rule.input else " (不入模 no input)"
    cells = [
        f"`{rule.name}`{use}", f"{rule.title.zh} {rule.title.en}", origin, value, str(rule.window),
        ARROWS[rule.risk], rule.basis,
    ]  # fmt: skip
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"


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
