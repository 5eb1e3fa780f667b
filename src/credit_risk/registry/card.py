"""The model card: what a model is for and not for, what it was made of, how it did; from what is stored.

Nothing is typed in by hand: lineage, figures and gates come from the registry, words from the book.
"""

from __future__ import annotations

from collections.abc import Iterator

import jinja2

from credit_risk.book import Rules
from credit_risk.book.recipe import Recipe
from credit_risk.models.model import CreditModel
from credit_risk.registry.register import Registered, Registry

__all__ = ["card_html", "card_markdown"]

SHOWN = ("roc_auc", "ks", "pr_auc", "brier", "ece")
NEVER = (
    "本模型只提供意见和理由，不作决定；不得据此列入任何名单，不得据此自动采取不利措施。",
    "The model gives an opinion with reasons; it decides nothing and lists nobody, and no measure follows from it.",
)


def card_markdown(
    rules: Rules, registry: Registry, recipe: Recipe, version: Registered, model: CreditModel
) -> str:
    """Return the card of a version as Markdown, Chinese first; the same registry and artefact give the same text."""
    return "\n".join(_lines(rules, registry, recipe, version, model)) + "\n"


def _lines(
    rules: Rules, registry: Registry, recipe: Recipe, version: Registered, model: CreditModel
) -> Iterator[str]:
    figures, tags = registry.figures(version)
    outcome = rules.outcomes[recipe.outcome]
    who = recipe.observations.population
    yield f"# 模型卡 Model card: {model.model_id}\n"
    yield f"{recipe.title.zh} · {recipe.title.en} — {rules.settings.title.zh}，版本 version {version.version}\n"
    yield "## 用途 Intended use\n"
    yield f"- 预测 foresees: {outcome.title.zh} {outcome.title.en}, {recipe.horizon}"
    yield f"- 范围 population: {who.zh + ' ' + who.en if who else recipe.observations.eligible or '—'}"
    yield f"- 不得 not for: {NEVER[0]} {NEVER[1]}\n"
    yield "## 构成 Made of\n"
    yield f"- 学习器 learner: {recipe.learner.kind}, {recipe.learner.rounds} rounds, seeds {recipe.learner.seeds}"
    yield f"- 校准 calibration: {recipe.calibration.kind}"
    yield f"- 指标 indicators: {len(model.names)}; 单调约束 monotone: {sum(v != 0 for v in model.monotone.values())}"
    bands = zip(model.scale.grades, model.scale.pd_max, strict=True)
    yield f"- 主标尺 scale: {', '.join(f'{grade} ≤ {pd_max:.3%}' for grade, pd_max in bands)}\n"
    yield "## 表现 Performance\n\n| part | " + " | ".join(SHOWN) + " |\n|---|" + "---:|" * len(SHOWN)
    for part in sorted({name.split("/")[0] for name in figures if name.endswith("/roc_auc")}):
        cells = [f"{figures[f'{part}/{m}']:.4f}" if f"{part}/{m}" in figures else "—" for m in SHOWN]
        yield f"| {part} | " + " | ".join(cells) + " |"
    yield "\n## 检查 Examined\n"
    for name, value in sorted(figures.items()):
        if f"about.{name}" in tags:
            yield f"- {name}: {value:.4f} — {tags[f'about.{name}']}"
    yield "\n## 门槛 Gates\n"
    yield from (f"- {line}" for line in registry.gates_told(recipe, version))
    yield "\n## 沿革 History\n"
    for event in registry.history.events(recipe.recipe):
        if event.model_id == model.model_id:
            yield f"- {event.at[:19]} {event.action} — {event.by}: {event.reason}"
    yield "\n## 来源 Lineage\n"
    yield from (f"- {name}: `{value}`" for name, value in sorted(model.lineage.items()))


_STYLE = (
    'body{font:15px/1.6 system-ui,"Noto Sans CJK SC",sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}'
    "h1{font-size:1.5rem}h2{font-size:1.1rem;border-bottom:1px solid #d9dee4;margin-top:1.6rem}"
    "table{border-collapse:collapse}td,th{padding:.2rem .8rem;border-bottom:1px solid #d9dee4;text-align:right}"
    "td:first-child,th:first-child{text-align:left}li{overflow-wrap:anywhere}"
)
_PAGE = """<!doctype html>
<html lang="zh"><meta charset="utf-8"><title>{{ title }}</title><style>{{ style | safe }}</style>
{% for kind, rows in blocks %}
{% if kind == "table" %}<table>
{% for row in rows %}{% set cell = "th" if loop.first else "td" %}
<tr>{% for text in row %}<{{ cell }}>{{ text }}</{{ cell }}>{% endfor %}</tr>
{% endfor %}</table>
{% elif kind == "list" %}<ul>{% for row in rows %}<li>{{ row }}</li>{% endfor %}</ul>
{% else %}<{{ kind }}>{{ rows }}</{{ kind }}>
{% endif %}{% endfor %}</html>
"""


def card_html(markdown: str) -> str:
    """Return the card as one self-contained page; texts are escaped."""
    blocks: list[tuple[str, object]] = []
    for line in markdown.splitlines():
        if line.startswith("# "):
            blocks.append(("h1", line[2:]))
        elif line.startswith("## "):
            blocks.append(("h2", line[3:]))
        elif line.startswith("- "):
            _grow(blocks, "list", line[2:].replace("`", ""))
        elif line.startswith("|") and not line.startswith("|---"):
            _grow(blocks, "table", [cell.strip() for cell in line.strip("|").split("|")])
        elif line.strip() and not line.startswith("|---"):
            blocks.append(("p", line))
    page = jinja2.Environment(autoescape=True).from_string(_PAGE)
    return page.render(style=_STYLE, title=markdown.splitlines()[0][2:], blocks=blocks)


def _grow(blocks: list[tuple[str, object]], kind: str, row: object) -> None:
    if not blocks or blocks[-1][0] != kind:
        blocks.append((kind, []))
    rows = blocks[-1][1]
    assert isinstance(rows, list)
    rows.append(row)
