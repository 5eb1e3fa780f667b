"""Content in, one HTML file out.

The page holds everything it needs: style, figures and the Chinese characters it uses (the reader's
own fonts come first). It runs no script, and its own content security policy allows nothing but its
one style sheet, by hash, and data that stand in the page itself. Equal content gives equal bytes.
"""

from __future__ import annotations

import base64
import hashlib
import os
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from credit_risk.evaluation.fonts import font_for_page
from credit_risk.evaluation.report.content import ReportContent
from credit_risk.evaluation.report.page import FILTERS, page

__all__ = ["write_report"]

HERE = Path(__file__).parent
FONT_FACE = "@font-face{{font-family:'Report Han';src:url(data:font/woff;base64,{font}) format('woff')}}\n"


def write_report(path: Path, content: ReportContent) -> None:
    """Write ``content`` as one self-contained HTML file; it appears whole or not at all.

    Missing folders are made, an existing file is replaced. Sections without content are left out.
    matplotlib's settings are changed while it draws and set back, so do not draw in another thread
    meanwhile.
    """
    text = _rendered(content)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.partial")
    partial.write_text(text, encoding="utf-8")
    os.replace(partial, path)


def _rendered(content: ReportContent) -> str:
    variables = page(content)
    template = _environment().get_template("report.html.j2")
    body = template.render(**variables, style="", policy="")
    style = FONT_FACE.format(font=font_for_page([body])) + (HERE / "report.css").read_text("utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode("ascii")
    policy = f"default-src 'none'; img-src data:; font-src data:; style-src 'sha256-{digest}'"
    return template.render(**variables, style=Markup(style), policy=policy)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(HERE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(FILTERS)
    return environment
