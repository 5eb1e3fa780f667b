"""A Chinese font that comes with the installation, for figures, pages and PDF.

The file is Noto Sans SC Regular (SIL Open Font License 1.1) of the pinned data package
``pylopdf-fonts-zh-cn``: 30,890 characters, all of GB 2312, nothing else to install. No system font
is needed, nothing is downloaded and nothing is written to a user's folders.
"""

from __future__ import annotations

import base64
import unicodedata
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import matplotlib
from matplotlib import font_manager
from matplotlib.ft2font import FT2Font
from pylopdf_fonts_zh_cn import sans_path

from credit_risk.errors import Fault
from credit_risk.evaluation.small_font import SmallFonts

__all__ = ["font_file", "font_for_page", "missing_glyphs", "use_chinese_fonts"]

FALLBACK = "DejaVu Sans"  # matplotlib's own, for symbols that the Chinese font lacks


def font_file() -> Path:
    """Return the font file (OpenType, CFF outlines); raises Fault where it is not installed."""
    path = Path(sans_path())
    if not path.is_file():
        raise Fault(f"no font file {path}", hint="install pylopdf-fonts-zh-cn again")
    return path


def use_chinese_fonts() -> None:
    """Let matplotlib draw Chinese in this process, by ``rcParams`` only.

    Call it inside ``matplotlib.rc_context()`` to leave the caller's settings alone.
    """
    matplotlib.rcParams["font.family"] = ["sans-serif"]
    matplotlib.rcParams["font.sans-serif"] = [_family(), FALLBACK]


def missing_glyphs(text: str) -> set[str]:
    """Return the characters of ``text`` that the font cannot draw; spaces and controls are fine."""
    return {c for c in text if ord(c) not in _characters() and _needs_glyph(c)}


def font_for_page(texts: Iterable[str]) -> str:
    """Return a WOFF font with the characters of ``texts`` only, in Base64, to put into a page.

    The same characters give the same bytes. Characters that the font lacks are left to the reader's
    own fonts.
    """
    return base64.b64encode(_small_fonts().woff(set().union(*texts))).decode("ascii")


@cache
def _small_fonts() -> SmallFonts:
    return SmallFonts(font_file())


@cache
def _family() -> str:
    """Make the font known to matplotlib, once in a process, and return its family name."""
    font_manager.fontManager.addfont(str(font_file()))
    return FT2Font(str(font_file())).family_name


@cache
def _characters() -> frozenset[int]:
    return frozenset(FT2Font(str(font_file())).get_charmap())


def _needs_glyph(character: str) -> bool:
    return unicodedata.category(character) not in {"Cc", "Cf", "Zs", "Zl", "Zp"}
