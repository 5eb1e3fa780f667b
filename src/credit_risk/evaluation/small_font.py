"""A small font of chosen characters, in milliseconds, for pages that must bring their own.

A general cutter reads the whole font for every page. Here the outline of a character is read once a process and kept,
without hints; a page's font is put together from those that it shows. The names and the licence of the font stay in it.
"""

from __future__ import annotations

import io
import threading
from collections.abc import Iterable
from copy import deepcopy
from pathlib import Path

from fontTools.fontBuilder import FontBuilder  # type: ignore[import-untyped]
from fontTools.misc.psCharStrings import T2CharString  # type: ignore[import-untyped]
from fontTools.pens.t2CharStringPen import T2CharStringPen  # type: ignore[import-untyped]
from fontTools.ttLib import TTFont  # type: ignore[import-untyped]

__all__ = ["SmallFonts"]

NOTHING = ".notdef"
AS_THEY_ARE = ("name", "OS/2", "hhea")


class SmallFonts:
    """Makes small fonts from one OpenType font with CFF outlines; several threads may ask.

    Parameters
    ----------
    file
        The font; it is opened at the first use and stays open.

    """

    def __init__(self, file: Path) -> None:
        self.file = file
        self._lock = threading.Lock()
        self._font: TTFont | None = None
        self._outlines: dict[str, T2CharString] = {}

    def woff(self, characters: Iterable[str]) -> bytes:
        """Return a WOFF font of these characters, the same ones as the same bytes; what the font lacks is left out."""
        with self._lock:
            if self._font is None:
                self._font = TTFont(str(self.file), lazy=True)
                self._glyphs, self._named = self._font.getGlyphSet(), self._font.getBestCmap()
            wanted = {ord(one): self._named[ord(one)] for one in characters if ord(one) in self._named}
            return self._built(dict(sorted(wanted.items())))

    def _built(self, named: dict[int, str]) -> bytes:
        whole = self._font
        assert whole is not None
        order = [NOTHING, *sorted(set(named.values()) - {NOTHING})]
        outlines = {name: self._outline(name) for name in order}
        cff = whole["CFF "].cff
        built = FontBuilder(whole["head"].unitsPerEm, isTTF=False)
        built.font.recalcBBoxes = built.font.recalcTimestamp = False
        built.setupGlyphOrder(order)
        built.setupCharacterMap(named)
        built.setupCFF(cff.fontNames[0], {"FontBBox": list(cff.topDictIndex[0].FontBBox)}, outlines, {})
        built.setupHorizontalMetrics({name: whole["hmtx"][name] for name in order})
        for table in AS_THEY_ARE:
            built.font[table] = deepcopy(whole[table])
        built.setupPost(keepGlyphNames=False)
        built.font["head"].created = built.font["head"].modified = whole["head"].modified
        built.font.flavor = "woff"
        packed = io.BytesIO()
        built.font.save(packed)
        return packed.getvalue()

    def _outline(self, name: str) -> T2CharString:
        if name not in self._outlines:
            glyph = self._glyphs[name]
            pen = T2CharStringPen(glyph.width, None)
            glyph.draw(pen)
            outline = pen.getCharString()
            outline.compile()
            self._outlines[name] = outline
        return self._outlines[name]
