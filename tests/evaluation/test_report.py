"""The report: one file that needs nothing, says what it must, leaves out what it lacks."""

import base64
import hashlib
import re
import warnings
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise

import matplotlib
import numpy as np
import pytest

from credit_risk.errors import InputError
from credit_risk.evaluation import report as package
from credit_risk.evaluation.bootstrap import Interval
from credit_risk.evaluation.report import Part, ReportContent, write_report
from credit_risk.evaluation.report import drawing as d

VOID = {"meta", "img", "source", "rect", "link", "br", "hr", "input"}
EMPTY = ReportContent(
    {"zh": "空报告", "en": "Empty"}, {"zh": "配方", "en": "recipe"}, "model-1", "2023-12-31"
)


class Page(HTMLParser):
    """Elements in order, with attributes and text; refuses tags that do not close in order."""

    def __init__(self, text):
        super().__init__()
        self.found, self.open = [], []
        self.feed(text)
        self.close()
        assert not self.open

    def handle_starttag(self, tag, attrs):
        element = {"tag": tag, "attrs": dict(attrs), "text": ""}
        self.found.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_startendtag(self, tag, attrs):
        self.found.append({"tag": tag, "attrs": dict(attrs), "text": ""})

    def handle_endtag(self, tag):
        assert self.open and self.open.pop()["tag"] == tag

    def handle_data(self, data):
        for element in self.open:
            element["text"] += data

    def all(self, *tags):
        return [e for e in self.found if e["tag"] in tags]


@pytest.fixture(scope="module")
def html(content, tmp_path_factory):
    path = tmp_path_factory.mktemp("report") / "new" / "report.html"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        write_report(path, content)
    assert [p.name for p in path.parent.iterdir()] == ["report.html"]
    return path.read_text("utf-8")


@pytest.fixture(scope="module")
def page(html):
    return Page(html)


def written(content, tmp_path):
    write_report(tmp_path / "r.html", content)
    return (tmp_path / "r.html").read_text("utf-8")


def test_the_page_needs_nothing_from_outside_and_runs_nothing(html, page):
    assert not page.all("script", "link", "iframe", "object", "form", "base")
    for element in page.found:
        attrs = element["attrs"]
        assert not [a for a in attrs if a.startswith("on") or a == "style"]
        for name in ("src", "srcset", "href", "xlink:href"):
            assert re.match(r"data:image/svg|#", attrs.get(name, "#")), attrs[name]
    style = page.all("style")[0]["text"]
    assert "@import" not in style and set(re.findall(r"url\((\w+:)", style)) == {"data:"}
    assert "http" not in re.sub(r"base64,[\w+/=]+", "", html).replace("http-equiv", "")


def test_pictures_hold_no_script_no_day_and_no_address(page):
    for image in page.all("img"):
        svg = base64.b64decode(image["attrs"]["src"].partition(",")[2]).decode()
        assert "<script" not in svg and "<dc:date" not in svg
        assert not re.findall(r'(?:href|src)="(?!#)', svg)


def test_its_own_security_policy_allows_its_style_by_hash_and_no_more(page):
    meta = page.all("meta")[1]["attrs"]
    digest = hashlib.sha256(page.all("style")[0]["text"].encode()).digest()
    assert meta["http-equiv"] == "Content-Security-Policy"
    assert f"style-src 'sha256-{base64.b64encode(digest).decode()}'" in meta["content"]
    assert meta["content"].startswith("default-src 'none'") and "unsafe" not in meta["content"]


def test_equal_content_gives_equal_bytes_and_leaves_matplotlib_alone(content, html, tmp_path):
    before = dict(matplotlib.rcParams)
    assert written(content, tmp_path) == html
    assert dict(matplotlib.rcParams) == before


def test_headings_descend_one_level_at_a_time_from_one_title(page):
    levels = [int(e["tag"][1]) for e in page.all("h1", "h2", "h3", "h4")]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(b - a <= 1 for a, b in pairwise(levels))


def test_whoever_cannot_see_hears_pictures_and_tables(page):
    assert len(page.all("img")) == 10
    assert all(len(i["attrs"]["alt"]) > 20 for i in page.all("img"))
    assert len(page.all("caption")) == len(page.all("table"))
    assert all(c["text"].strip() for c in page.all("caption"))
    assert all(h["attrs"].get("scope") for h in page.all("th"))
    assert page.all("html")[0]["attrs"]["lang"] == "zh-CN"
    assert all(e["attrs"].get("lang") == "en" for e in page.found if e["attrs"].get("class") == "en")


def test_every_address_within_the_page_leads_somewhere(page):
    ids = [e["attrs"]["id"] for e in page.found if "id" in e["attrs"]]
    assert len(ids) == len(set(ids))
    linked = [a["attrs"]["href"][1:] for a in page.all("a")]
    assert set(linked) <= set(ids) and len(linked) == 10
    assert {s["attrs"]["aria-labelledby"] for s in page.all("section")} == set(linked) - {"main"}


def test_the_page_shows_what_the_content_says(content, page):
    text = " ".join(page.all("body")[0]["text"].split())
    test = content.parts[-1].metrics["roc_auc"]
    for shown in (
        content.title["zh"], content.title["en"], content.model_id, content.as_of,
        f"{test.value:.3f}", f"[{test.low:.3f}, {test.high:.3f}]", "去掉关联指标", "司法涉诉",
        "91310115MA1K3YJ12X", "402.7", "41.2%", "高于同业97%的企业",
        "推高风险 −62.4", "降低风险 +6.3",
        "courts-0002-a3f9c2", "2023-05-19", "enforced_2023.csv", "15,960", "0.2%", '{"rows": 31480',
        "核实用工情况，排查欠薪苗头", "人力资源和社会保障局", content.notes[0]["zh"],
    ):  # fmt: skip
        assert shown in text, shown


def test_warnings_are_leads_and_the_gravest_comes_first(page):
    text = page.all("body")[0]["text"]
    assert "预警是线索，由人判断" in text and "A warning is a lead, people decide" in text
    items = [e["attrs"]["class"] for e in page.found if "warning " in e["attrs"].get("class", "")]
    assert items == ["warning red", "warning orange"]


def test_importance_is_sorted_and_the_strongest_bar_is_full(page):
    widths = [float(r["attrs"]["width"].rstrip("%")) for r in page.all("rect")]
    assert widths[0] == 100 and widths == sorted(widths, reverse=True) and len(widths) == 6


@pytest.mark.parametrize(
    ("name", "section"),
    [
        ("variants", "variants"), ("importance", "importance"), ("enterprises", "enterprises"),
        ("warnings", "warnings"), ("sources", "sources"), ("lineage", "lineage"), ("notes",
        "notes"), ("parts", "quality"), ("parts", "figures"),
    ],
)  # fmt: skip
def test_what_is_empty_disappears_and_is_not_linked(content, tmp_path, name, section):
    bare = content if name == "parts" else replace(content, parts=())
    emptied = written(replace(bare, **{name: {} if name == "lineage" else ()}), tmp_path)
    assert f'id="{section}"' not in emptied and f'"#{section}"' not in emptied
    Page(emptied)


def test_a_report_of_nothing_is_still_a_page(tmp_path):
    found = Page(written(EMPTY, tmp_path))
    assert not found.all("section", "nav", "img", "table")
    assert "空报告" in found.all("h1")[0]["text"]


def test_text_from_outside_cannot_become_markup(content, tmp_path):
    evil = "<script>alert('x')</script>\"><img src=x>"
    source = replace(content.sources[0], file=evil)
    note = {"zh": evil, "en": evil}
    html = written(
        replace(EMPTY, title=note, model_id=evil, sources=[source], lineage={evil: evil}), tmp_path
    )
    assert not Page(html).all("script", "img")
    assert html.count("&lt;script&gt;") >= 5


def test_undefined_values_are_a_dash_and_never_nan(tmp_path):
    nan = float("nan")
    metrics = {"roc_auc": Interval(nan, nan, nan), "brier": Interval(0.1, 0.05, 0.2)}
    part = Part("test", 4, 0.0, metrics, np.zeros(4, int), np.array([0.1, 0.2, 0.2, 0.4]))
    html = written(replace(EMPTY, parts=[part]), tmp_path)
    text = Page(html).all("body")[0]["text"]
    assert "[–, –]" in text and "nan" not in text
    assert len(Page(html).all("img")) == 1, "one class only: calibration, but no ranking"


def test_constant_and_extreme_probabilities_can_be_drawn(content, tmp_path):
    y = np.array([0, 1, 0, 1])
    for pd in (np.full(4, 0.5), np.array([0.0, 1.0, 0.0, 1.0])):
        part = Part("odd", 4, 0.5, {}, y, pd)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            html = written(replace(EMPTY, parts=[part], grades=content.grades), tmp_path)
        assert len(Page(html).all("img")) == 5


def test_a_part_with_arrays_of_another_length_is_refused():
    with pytest.raises(InputError, match="part test: expected y and pd with 3 rows"):
        Part("test", 3, 0.5, {}, np.array([0, 1]), np.array([0.1, 0.2]))
    with pytest.raises(InputError, match="or neither"):
        Part("test", 2, 0.5, {}, np.array([0, 1]))


def luminance(colour):
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, two):
    high, low = sorted((luminance(one), luminance(two)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_text_has_the_contrast_of_wcag_aa_in_light_and_in_dark():
    css = (package.write.HERE / "report.css").read_text("utf-8")
    blocks = [dict(re.findall(r"--(\w+): (#\w{6})", b)) for b in re.findall(r":root \{[^}]+\}", css)]
    assert len(blocks) == 2
    for colours in blocks:
        for paper in ("paper", "card"):
            for ink in set(colours) - {"paper", "card", "line"}:
                assert contrast(colours[ink], colours[paper]) >= 4.5, (ink, paper)


def test_figures_are_legible_on_light_and_on_dark():
    for ink, least in ((d.INK, 7), (d.MUTED, 4.5), (d.GOOD, 4.5), (d.BAD, 4.5)):
        assert contrast(ink, d.PAPER) >= least
        assert contrast(d.DARK[ink], d.DARK[d.PAPER]) >= least


def test_the_dark_picture_is_the_light_one_in_other_colours(page):
    pairs = zip(page.all("source"), page.all("img"), strict=True)
    for dark, light in pairs:
        svgs = [
            base64.b64decode(a.partition(",")[2]).decode()
            for a in (dark["attrs"]["srcset"], light["attrs"]["src"])
        ]
        assert "#ffffff" in svgs[1] and "#ffffff" not in svgs[0]
        assert len(svgs[0]) == len(svgs[1])
