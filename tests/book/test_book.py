"""A mistake in the book is told with file, line, key, what was expected, what came and the nearest word."""

from __future__ import annotations

import re
import shutil
from datetime import date
from pathlib import Path

import pytest
from tests.conftest import ROOT

from credit_risk.book import open_rules
from credit_risk.book.window import parse_span, parse_window
from credit_risk.errors import BookError, InputError

FOLDERS = ("sources", "features", "models", "serving")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    for name in FOLDERS:
        shutil.copytree(ROOT / name, tmp_path / name)
    shutil.copy(ROOT / "credit-risk.toml", tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        ("models/recipes.yaml", "outcome: adverse", "outcome: adverce", r"outcome: expected an outcome, came 'adverce'\n  -> did you mean 'adverse'"),
        ("models/recipes.yaml", "test_from: 2025-03-31", "test_from: 2024-12-31", r"split.test_from: expected 2025-03-31 or later"),
        ("models/recipes.yaml", "monotone: true", "monoton: true", r"learner.monoton: expected one of the keys .*\n  -> did you mean 'monotone'"),
        ("models/recipes.yaml", "horizon: 12m", "horizon: 12x", r"horizon: expected a span such as 90d"),
        ("models/recipes.yaml", "rounds: 250", "rounds: many", r"learner.rounds: expected .*integer.*came 'many'"),
        ("models/signals.yaml", "level: red", "level: rod", r"level: expected one of .*\n  -> did you mean 'red'"),
        ("models/outcomes.yaml", "from: serious_list", "from: serious_lists", r"any: expected a record type, came 'serious_lists'\n  -> did you mean 'serious_list'"),
        ("sources/departments/taxation.yaml", "to: tax_filing", "to: tax_fillings", r"to: expected a record or relation type.*\n  -> did you mean 'tax_filing'"),
        ("sources/departments/taxation.yaml", "revenue: 销售", "revenu: 销售", r"expected a field of the type, came 'revenu'\n  -> did you mean 'revenue'"),
        ("models/grades.yaml", "grades:", "grade:", r"grade: expected one of .*\n  -> did you mean 'grades'"),
        ("models/grades.yaml", "grade: AAA,", "grade: AA,", r"grade: expected a name not used at models/grades.yaml:\d+"),
        ("serving/roles.yaml", "role: analyst", "role: [", r"\(yaml\): expected well-formed YAML"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_where_it_stands(copy: Path, file: str, old: str, new: str, told: str) -> None:
    path = copy / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    line = text[: text.index(old)].count("\n") + 1
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(BookError) as found:
        open_rules(copy)
    message = str(found.value)
    assert re.search(told, message), message
    assert message.startswith(f"{file}:")
    assert abs(int(found.value.fields["line"]) - line) <= 3
    assert found.value.exit_code == 2


def test_a_folder_without_a_book_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no credit-risk\.toml"):
        open_rules(tmp_path)


def test_the_book_is_found_from_any_folder_below(copy: Path) -> None:
    assert open_rules(copy / "models").root == copy.resolve()


def test_any_change_of_the_book_changes_its_hash(copy: Path) -> None:
    before = open_rules(copy).hash
    path = copy / "models" / "grades.yaml"
    path.write_text(path.read_text(encoding="utf-8") + "# a note\n", encoding="utf-8")
    assert open_rules(copy).hash != before


def test_windows_are_half_open_and_months_end_where_months_end() -> None:
    assert parse_window("12m").bounds(date(2024, 2, 29)) == (date(2023, 2, 28), date(2024, 2, 29))
    assert parse_window("24m..12m").bounds(date(2024, 3, 31)) == (date(2022, 3, 31), date(2023, 3, 31))
    assert parse_window("all").bounds(date(2024, 3, 31))[0] is None
    assert parse_span("1m").after(date(2024, 1, 31)) == date(2024, 2, 29)
    with pytest.raises(ValueError, match="a span such as"):
        parse_span("12 months")


def test_no_indicator_reads_what_a_person_or_an_owner_is(copy: Path) -> None:
    words = re.compile(r"ownership_type|gender|sex\b|nationality|birth|民族|性别|国籍|所有制")
    for name, rule in open_rules(copy).indicators.items():
        assert not words.search(f"{name} {rule.value} {rule.where} {rule.title.zh}"), name


def test_a_recipe_may_say_only_what_differs(tmp_path: Path) -> None:
    rules = open_rules(ROOT)
    base, head = rules.recipes["credit-12m"], rules.recipes["insolvency-12m"]
    assert head.observations == base.observations and head.outcome == "insolvency"
    assert head.split.folds == 3 and head.split.test_from == base.split.test_from, "mappings merge"
    assert head.learner.params["num_leaves"] == base.learner.params["num_leaves"]
    assert base.variants and not head.variants, "lists do not merge"
