"""What departments, laws and documents go by in English: a reading aid beside the Chinese, which alone counts."""

from __future__ import annotations

import re
from collections.abc import Mapping

from pydantic import Field

from credit_risk.book.schema import Entry

__all__ = ["Naming", "in_english"]

DIGITS = dict(zip("零一二三四五六七八九", range(10), strict=True))
PLACES = {"十": 10, "百": 100}
ARTICLE = re.compile(r"第([零一二三四五六七八九十百]+)条")
NUMBER = re.compile(r"(\d{4})年?第(\d+)号|〔(\d{4})〕第?(\d+)号|第(\d+)号")
SIGNS = {"、, art.": ", art.", "、": ", ", "；": "; ", "：": ": ", "（": " (", "）": ")"}
CHINESE = re.compile(r"[\u4e00-\u9fff]")


class Naming(Entry):
    """One Chinese name and its English one."""

    zh: str = Field(min_length=1)
    en: str = Field(min_length=1)


def in_english(text: str, names: Mapping[str, Naming]) -> str | None:
    """Return a department, or a citation such as ``海关法第十条；国办发〔2020〕49号``, in English, else None.

    Names are put in by the table, the longest first; numbers of articles and documents are written in figures. None is
    said by halves: one word without an English name leaves the whole in Chinese alone.
    """
    if text in names:
        return names[text].en
    told = ARTICLE.sub(lambda found: f", art. {_figure(found[1])}", text)
    for name in sorted(names, key=len, reverse=True):
        told = told.replace(name, names[name].en)
    told = NUMBER.sub(lambda found: " " + "/".join(part for part in found.groups() if part), told)
    for sign, plain in SIGNS.items():
        told = told.replace(sign, plain)
    return None if CHINESE.search(told) else told.replace("  ", " ")


def _figure(numeral: str) -> int:
    """Return a Chinese numeral below a thousand."""
    total, digit = 0, None
    for sign in numeral:
        if sign in PLACES:
            total, digit = total + (1 if digit is None else digit) * PLACES[sign], None
        else:
            digit = DIGITS[sign]
    return total + (digit or 0)
