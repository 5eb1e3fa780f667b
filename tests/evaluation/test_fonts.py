"""Chinese can be drawn: all characters of book and report have glyphs, nothing is written."""

import base64
import warnings
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path

import matplotlib
import pytest
from fontTools.pens.areaPen import AreaPen
from fontTools.pens.boundsPen import BoundsPen
from fontTools.ttLib import TTFont
from matplotlib.figure import Figure

from credit_risk.evaluation import report
from credit_risk.evaluation.fonts import (
    font_file,
    font_for_page,
    missing_glyphs,
    use_chinese_fonts,
)

ROOT = Path(__file__).parents[2]
YAML = sorted(
    path for d in ("sources", "features", "models", "serving") for path in (ROOT / d).rglob("*.yaml")
)
BOOK = [ROOT / "credit-risk.toml", *YAML]
OWN = sorted(p for p in Path(report.__file__).parent.iterdir() if p.is_file())


@pytest.mark.parametrize("path", [*BOOK, *OWN], ids=lambda p: p.name)
def test_every_character_of_the_book_and_the_report_has_a_glyph(path):
    assert missing_glyphs(path.read_text("utf-8")) == set()


def test_the_book_and_the_report_do_hold_chinese():
    for files in (BOOK, OWN):
        text = "".join(p.read_text("utf-8") for p in files)
        assert len({c for c in text if "一" <= c <= "鿿"}) > 100


def test_all_of_gb_2312_can_be_drawn():
    rows = (bytes([a, b]) for a in range(0xB0, 0xF8) for b in range(0xA1, 0xFF))
    assert missing_glyphs("".join(code.decode("gb2312", "ignore") for code in rows)) == set()


def test_a_character_without_glyph_is_named_and_spaces_are_not():
    assert missing_glyphs("企业 \n\t\u3000\u200b⅓𠮷") == {"⅓", "𠮷"}


def draw(text):
    figure = Figure()
    axes = figure.add_subplot()
    axes.set_title(text)
    axes.set_xlabel("−1 违约概率")
    figure.savefig(BytesIO(), format="png")


def test_drawing_chinese_warns_of_no_missing_glyph():
    with matplotlib.rc_context(), warnings.catch_warnings():
        warnings.simplefilter("error")
        use_chinese_fonts()
        draw("上海保税区域企业信用风险：近十二个月被执行金额（元）")


def test_the_warning_would_come_without_the_font():
    with matplotlib.rc_context(), warnings.catch_warnings():
        warnings.simplefilter("error")
        matplotlib.rcParams["font.family"] = ["DejaVu Sans"]
        with pytest.raises(UserWarning, match="missing from font"):
            draw("信用")


def test_nothing_is_written_to_the_folders_of_matplotlib():
    folders = {Path(matplotlib.get_configdir()), Path(matplotlib.get_cachedir())}

    def state():
        return {(p, p.stat().st_mtime_ns) for f in folders for p in f.rglob("*")}

    before = state()
    with matplotlib.rc_context():
        use_chinese_fonts()
    assert state() == before


def test_the_font_file_is_one_opentype_font_under_the_open_font_licence():
    with TTFont(font_file(), lazy=True) as font:
        assert font["name"].getBestFullName() == "Noto Sans SC"
        assert "SIL Open Font License" in font["name"].getDebugName(13)


def test_a_font_for_a_page_holds_the_characters_of_the_page_and_little_more():
    packed = font_for_page(["企业信用", "AUC 𠮷"])
    assert packed == font_for_page(["AUC 𠮷企业信用"])
    with TTFont(BytesIO(base64.b64decode(packed))) as font:
        assert {chr(c) for c in font.getBestCmap()} == set("企业信用AUC ")
    assert len(packed) < 10_000


def shape(font, character):
    """Return area, bounds and advance; points in the middle of a straight line are no difference."""
    glyphs, name = font.getGlyphSet(), font.getBestCmap()[ord(character)]
    area, bounds = AreaPen(glyphs), BoundsPen(glyphs)
    glyphs[name].draw(area)
    glyphs[name].draw(bounds)
    return area.value, bounds.bounds, font["hmtx"][name]


def test_every_character_of_a_page_looks_as_in_the_font_file():
    text = "企业信用报告，监管与司法；AUC 0.83%（元）"
    with TTFont(BytesIO(base64.b64decode(font_for_page([text])))) as small, TTFont(font_file()) as whole:
        for character in text:
            assert shape(small, character) == shape(whole, character)
        assert small["name"].getDebugName(13) == whole["name"].getDebugName(13)
        assert small["hhea"].ascent == whole["hhea"].ascent


def test_fonts_for_pages_asked_for_at_once_are_each_whole():
    asked = [chr(0x4E00 + 40 * i + j) for i in range(8) for j in range(40)]
    pages = ["".join(asked[i : i + 40]) for i in range(0, 320, 40)]
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda text: font_for_page([text]), pages))
    for text, packed in zip(pages, made, strict=True):
        with TTFont(BytesIO(base64.b64decode(packed))) as font:
            assert set(map(chr, font.getBestCmap())) == set(text)
