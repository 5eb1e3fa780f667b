"""The credit report as a PDF on A4 with its Chinese font inside, drawn by ``pylopdf`` without a browser."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import pylopdf

from credit_risk.archive.timeline import Line
from credit_risk.evaluation.fonts import font_file
from credit_risk.serving.report.compose import CreditReport

__all__ = ["report_pdf"]

WIDTH, HEIGHT, MARGIN = 595.0, 842.0, 48.0  # points; A4
LARGE, HEAD, PLAIN, SMALL = 16.0, 12.0, 9.5, 8.0
INK, GREY = (0.11, 0.15, 0.2), (0.36, 0.4, 0.45)
ROOM = 80.0  # points that must be left below a heading
LINE = 1.25  # times the font's ascender, from one line to the next
TOGETHER = 8  # lines of facts drawn at once
FIRST = 2  # of them below a heading: they fit into its room, so that none stands alone at the end of a page
NOTE = (
    "本报告仅限所载用途使用；评分为参考意见，不构成任何惩戒措施。"
    "For the stated use only; the score is an opinion and no measure."
)


@dataclass(frozen=True, slots=True)
class _Block:
    """Text of one size that stays together on a page."""

    text: str
    size: float = PLAIN
    grey: bool = False
    before: float = 4.0  # points above it


def report_pdf(report: CreditReport) -> bytes:
    """Return the report as PDF bytes; it says what the page of the report says, in the same order."""
    with pylopdf.Document() as document:
        flow = _Flow(document)
        for block in _blocks(report):
            flow.add(block)
        for number in range(flow.pages):
            foot = f"{report.subject} · {report.title.zh} · {report.as_of} · {number + 1}/{flow.pages}"
            document[number].insert_text(
                (MARGIN, HEIGHT - 28), foot, fontsize=SMALL, font=_font(), color=GREY
            )
        document.set_metadata({"title": f"企业信用报告 {report.subject} {report.title.zh}"})
        return bytes(document.tobytes())


@dataclass
class _Flow:
    """Blocks below one another, page after page."""

    document: pylopdf.Document
    pages: int = 0
    at: float = HEIGHT

    def add(self, block: _Block) -> None:
        if not self.pages or not self._drawn(block):
            self.document.new_page(-1, WIDTH, HEIGHT)
            self.pages, self.at = self.pages + 1, MARGIN
            self._drawn(block)

    def _drawn(self, block: _Block) -> bool:
        top, bottom = self.at + block.before, HEIGHT - MARGIN
        if bottom - top < (ROOM if block.size >= HEAD else 2 * block.size):
            return False
        font, room = _font(), (bottom - top) / _font().ascender
        left = self.document[self.pages - 1].insert_textbox(
            (MARGIN, top, WIDTH - MARGIN, top + room), block.text, fontsize=block.size, font=font,
            color=GREY if block.grey else INK, lineheight=LINE,
        )  # fmt: skip
        if left < 0:
            return False
        self.at = top + _height(room - left, block.size)
        return True


def _height(measured: float, size: float) -> float:
    """Return how high some lines stand, of what was measured.

    The library sets lines apart by multiples of the font's ascender and measures them by multiples of its size.
    """
    font, depth = _font(), abs(_font().descender)
    lines = round((measured / size - depth) / LINE)
    return size * (font.ascender * (1 + LINE * (lines - 1)) + depth)


@cache
def _font() -> pylopdf.Font:
    return pylopdf.Font(fontfile=font_file())


def _blocks(report: CreditReport) -> Iterator[_Block]:
    use = f"企业信用报告 Credit report · 用途 for {report.title.zh} {report.title.en} · 截至 as of {report.as_of}"
    yield _Block(use, SMALL, grey=True)
    yield _Block(report.name, LARGE)
    yield _Block(report.subject, PLAIN, grey=True)
    yield _Block("信用评价 Opinion", HEAD, before=12)
    yield from _opinion(report)
    for title, lines in (
        ("监管与司法信息（含结果正常的检查） Supervision and justice, clean results too", report.supervision),
        ("其他信息 Other facts", report.other),
    ):
        yield _Block(f"{title} · {len(lines)}", HEAD, before=12)
        told = [_fact(line) for line in reversed(lines)] or ["无 none"]
        yield _Block("\n".join(told[:FIRST]), SMALL)
        for start in range(FIRST, len(told), TOGETHER):
            yield _Block("\n".join(told[start : start + TOGETHER]), SMALL, before=0.0)
    yield _Block(NOTE, SMALL, grey=True, before=14)
    if report.withheld:
        zh = f"另有 {report.withheld} 条信息不属本用途或已不可使用，未予列示。"
        en = f"{report.withheld} further facts are not for this use, or no longer usable."
        yield _Block(f"{zh} {en}", SMALL, grey=True)


def _opinion(report: CreditReport) -> Iterator[_Block]:
    score = report.score
    if score is None:
        yield _Block("尚无已发布的评分。 No score has been published.")
        return
    if not score["scorable"]:
        yield _Block(f"不可评分 Not scorable because: {score['why_not']}")
        return
    yield _Block(
        f"等级 grade {score['grade']}（公共 public {score['public_class']}）    "
        f"分数 score {score['shown_score']:.1f}    风险概率 probability {score['pd']:.2%}"
    )
    yield _Block(f"评分日 scored on {report.scored_on} · 模型 model {score['model_id']}", SMALL, grey=True)
    for reason in report.reasons:
        says = [_said(shown) for shown in reason["indicators"]]
        head = f"{reason['points']:+.1f}  {reason['title']['zh']} {reason['title']['en']}"
        yield _Block("\n".join([head, *(f"        {one}" for one in says)]), before=9)


def _said(shown: dict[str, Any]) -> str:
    if shown.get("withheld"):
        return "依法不予展示 not shown by law"
    return f"{shown['says']['zh']}  {shown['says']['en']}"


def _fact(line: Line) -> str:
    content = "；".join(f"{title.zh} {value.zh}" for title, value in line.facts)
    return f"{line.happened}  {line.title.zh} {line.title.en}：{content}（{line.department} {line.source_record_id}）"
