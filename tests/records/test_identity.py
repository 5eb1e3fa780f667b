"""Identity: exact codes by date, names with a probability, what is not sure waits, persons are never stored."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import duckdb
import pytest

from credit_risk.book import Rules, open_rules
from credit_risk.errors import BookError, InputError
from credit_risk.records import FileReport, Pool, Records, ingest
from credit_risk.records.identity import Decisions, is_organisation_code, is_registration_number, waiting
from credit_risk.records.identity.names import likely

A, B, C = "91350100M000100Y43", "913100007109392661", "91310115MA1K3CUM7M"
PERSON = "310115198001011239"
NOW, LATER = datetime(2024, 12, 31), datetime(2025, 3, 31)
Put = Callable[..., Path]
MORE = """
records:
  - type: registration
    title: {zh: 登记, en: Registration}
    department: 市场监督管理局
    fields: {name: {type: text}}
  - type: alternative_code
    title: {zh: 识别码, en: Codes}
    department: 市场监督管理局
    fields: {scheme: {type: text}, value: {type: text}, until: {type: date}}
sources:
  - {source: registers, title: {zh: 登记, en: Registers}, to: registration, files: registers.csv, optional: true,
     map: {subject: uscc, source_record_id: uscc, event_date: day, received_at: got, name: name}}
  - {source: codes, title: {zh: 识别码, en: Codes}, to: alternative_code, files: codes*.csv, optional: true,
     map: {subject: uscc, source_record_id: id, event_date: day, received_at: got, scheme: scheme, value: value, until: until}}
"""
FINES = """  - {{source: fines_{0}, title: {{zh: 罚款, en: Fines}}, to: penalty, files: fines_{0}*.csv, optional: true,
     map: {{subject: {{column: who, scheme: {0}}}, source_record_id: id, event_date: day, received_at: got, amount: amount}}}}
"""
REPS = """  - {source: reps, title: {zh: 法人, en: Reps}, to: legal_rep, files: reps*.csv, optional: true,
     map: {src: {column: 证件, person: true}, dst: {column: who, scheme: customs_code}, source_record_id: id,
           valid_from: day, received_at: got}}
"""
REGISTERS = f"""uscc,name,day,got
{A},上海源创国际贸易有限公司,2010-01-01,2010-01-05 10:00:00
{B},上海恒港仓储有限公司,2005-01-01,2005-01-05 10:00:00
{C},上海恒港精密制造有限公司,2015-01-01,2015-01-05 10:00:00
"""
CODES = f"""id,uscc,scheme,value,day,until,got
1,{A},customs_code,3122240001,2010-02-01,2020-01-01,2010-02-03 09:00:00
2,{B},customs_code,3122240001,2020-01-01,,2020-01-03 09:00:00
4,{A},registration_number,110108000000016,2010-01-01,,2010-01-05 10:00:00
5,{B},tax_number,310115703132891,2005-01-01,,2005-01-05 10:00:00
3,{A},name,上海旧名贸易有限公司,2008-01-01,2010-01-01,2010-01-05 10:00:00
"""
HEADER = "id,who,day,got,amount\n"


@pytest.fixture
def wide(small: Rules) -> Rules:
    kinds = ("name", "customs_code", "organisation_code", "registration_number", "tax_number")
    text = MORE + "".join(FINES.format(kind) for kind in kinds) + REPS
    (small.root / "sources" / "identity.yaml").write_text(text, encoding="utf-8")
    mark = small.root / "credit-risk.toml"
    mark.write_text(
        mark.read_text(encoding="utf-8")
        + '[identity]\ncodes = "alternative_code"\nnames = "registration.name"\n',
        encoding="utf-8",
    )
    rules = open_rules(small.root)
    (rules.inbox / "penalties.csv").write_text(
        "统一社会信用代码,文号,处罚日期,归集时间,公示截止,罚款金额（万元）,类别\n", encoding="utf-8"
    )
    (rules.inbox / "registers.csv").write_text(REGISTERS, encoding="utf-8")
    (rules.inbox / "codes.csv").write_text(CODES, encoding="utf-8")
    return rules


def _take(rules: Rules, now: datetime = NOW) -> tuple[Pool, dict[str, FileReport]]:
    pool = Pool(rules)
    reports = {report.file: report for report in ingest(pool, now=now)}
    for one in reports.values():
        assert one.read == one.new + one.corrected + one.known + one.quarantined + one.waiting, one
    return pool, reports


def _fines(pool: Pool, t: str = "2024-12-31") -> dict[str, str]:
    rows = Records(pool).known("penalty", t).to_pyarrow().to_pylist()
    return {row["source_record_id"]: row["subject"] for row in rows}


def test_organisation_codes_and_old_registration_numbers_carry_their_own_check() -> None:
    good = [code[8:17] for code in (A, B, C, "914403001922038216", "91330100799655058B")]
    assert all(is_organisation_code(code) for code in good)
    assert not any(is_organisation_code(code[:8] + ("1" if code[8] != "1" else "2")) for code in good)
    assert not is_organisation_code("M000100y4") and not is_organisation_code("")
    assert is_registration_number("110108000000016") and not is_registration_number("110108000000017")
    assert not is_registration_number("11010800000001X")


def test_a_code_means_who_held_it_on_the_day(wide: Rules, put: Put) -> None:
    put(
        "fines_customs_code.csv",
        HEADER
        + "f1,3122240001,2015-05-05,2015-05-09 08:00:00,1\nf2,３１２２２４０００１,2021-05-05,2021-05-09 08:00:00,1\n",
    )
    put("fines_organisation_code.csv", HEADER + "f3,M000100Y-4,2015-05-05,2015-05-09 08:00:00,1\n")
    put("fines_registration_number.csv", HEADER + "f4,110108000000016,2011-05-05,2011-05-09 08:00:00,1\n")
    put(
        "fines_tax_number.csv",
        HEADER + f"f5,310115703132891,2011-05-05,2011-05-09,1\nf6,{C},2016-05-05,2016-05-09,1\n",
    )
    pool, _ = _take(wide)
    assert _fines(pool) == {"f1": A, "f2": B, "f3": A, "f4": A, "f5": B, "f6": C} and waiting(pool) == []


def test_a_record_is_not_known_before_it_is_known_whom_it_means(wide: Rules, put: Put) -> None:
    put("fines_customs_code.csv", HEADER + "f1,3122249999,2021-05-05,2021-05-09 08:00:00,1\n")
    pool, reports = _take(wide)
    assert reports["fines_customs_code.csv"].waiting == 1 and _fines(pool) == {}
    put(
        "codes_late.csv",
        CODES.splitlines()[0] + f"\n9,{C},customs_code,3122249999,2021-01-01,,2025-02-01 09:00:00\n",
    )
    pool, _ = _take(wide, LATER)
    assert (
        waiting(pool) == [] and _fines(pool, "2025-01-31") == {} and _fines(pool, "2025-02-01") == {"f1": C}
    )


def test_a_name_is_linked_with_its_probability_and_a_similar_one_waits(wide: Rules, put: Put) -> None:
    put(
        "fines_name.csv",
        HEADER
        + "n1,上海源创国际贸易有限公司,2021-05-05,2021-05-09 08:00:00,1\n"
        + "n2,上海旧名贸易有限公司,2009-05-05,2010-05-09 08:00:00,1\n"
        + "n3,上海恒港仓储服务有限公司,2021-05-05,2021-05-09 08:00:00,1\n"
        + "n4,北京无人公司,2021-05-05,2021-05-09 08:00:00,1\n"
        + f"n5,{C},2021-05-05,2021-05-09 08:00:00,1\n",
    )
    pool, reports = _take(wide)
    assert _fines(pool) == {"n1": A, "n2": A, "n5": C} and reports["fines_name.csv"].waiting == 2
    links = duckdb.read_parquet(str(pool.folder / "links" / "*.parquet")).df()
    assert links["score"].between(0.99, 1).all() and set(links["how"]) == {"splink"}
    assert set(links["record_id"]) <= set(Records(pool).known("penalty", NOW).record_id.execute())
    assert [(row.given, row.candidate) for row in waiting(pool)][-1] == ("北京无人公司", None)


def test_a_former_name_no_longer_means_the_enterprise(wide: Rules, put: Put) -> None:
    put("fines_name.csv", HEADER + "n1,上海旧名贸易有限公司,2021-05-05,2021-05-09 08:00:00,1\n")
    pool, _ = _take(wide)
    assert _fines(pool) == {} and len(waiting(pool)) == 1


def test_a_name_that_two_enterprises_bear_waits(wide: Rules, put: Put) -> None:
    path = wide.inbox / "registers.csv"
    path.write_text(REGISTERS.replace("上海恒港仓储有限公司", "上海源创国际贸易有限公司"), encoding="utf-8")
    put("fines_name.csv", HEADER + "n1,上海源创国际贸易有限公司,2021-05-05,2021-05-09 08:00:00,1\n")
    pool, _ = _take(wide)
    assert _fines(pool) == {} and len(waiting(pool)) == 1


def test_a_person_links_what_waits_and_it_counts_from_then_on(wide: Rules, put: Put) -> None:
    put(
        "fines_name.csv",
        HEADER
        + "n1,无人公司,2021-05-05,2021-05-09 08:00:00,7\nn2,某某公司,2021-05-05,2021-05-09 08:00:00,7\n",
    )
    pool, _ = _take(wide)
    keys = {row.given: row.key for row in waiting(pool)}
    decisions = Decisions(pool)
    decisions.link(keys["无人公司"][:10], C, "王复核", "与登记档案一致", datetime(2025, 1, 15))
    decisions.reject(keys["某某公司"], "王复核", "区外同名", datetime(2025, 1, 15))
    assert waiting(pool) == []
    pool, _ = _take(wide, datetime(2025, 1, 1))
    assert _fines(pool, "2025-01-31") == {}, "the decision was not taken yet"
    pool, reports = _take(wide, LATER)
    assert _fines(pool, "2025-01-14") == {} and _fines(pool, "2025-01-15") == {"n1": C}
    assert [r.new for r in reports.values() if "linked" in r.file] == [1]
    pool, reports = _take(wide, LATER)
    assert _fines(pool, "2025-03-31") == {"n1": C} and not [r for r in reports if "linked" in r]
    kept = duckdb.read_parquet(str(pool.folder / "waiting" / "*.parquet")).df()
    assert list(kept["who"]) == ["某某公司"], "what was rejected is not lost"


@pytest.mark.parametrize(
    ("key", "subject", "by", "what"),
    [("zz", A, "王", "no waiting"), ("", A, "王", "no waiting"), (None, "123", "王", "valid unified"), (None, A, " ", "by")],
)  # fmt: skip
def test_a_decision_names_a_row_an_enterprise_and_a_person(
    wide: Rules, put: Put, key: str | None, subject: str, by: str, what: str
) -> None:
    put("fines_name.csv", HEADER + "n1,无人公司,2021-05-05,2021-05-09 08:00:00,7\n")
    pool, _ = _take(wide)
    with pytest.raises(InputError, match=what):
        Decisions(pool).link(waiting(pool)[0].key if key is None else key, subject, by, "因")


def test_an_impossible_code_is_quarantined_and_an_empty_one_is_missing(wide: Rules, put: Put) -> None:
    put(
        "fines_organisation_code.csv",
        HEADER + "f1,M000100Y5,2015-05-05,2015-05-09 08:00:00,1\nf2,,2015-05-05,2015-05-09 08:00:00,1\n",
    )
    pool, reports = _take(wide)
    assert reports["fines_organisation_code.csv"].quarantined == 2 and waiting(pool) == []


def test_no_number_of_a_person_is_anywhere_in_the_pool(wide: Rules, put: Put) -> None:
    put(
        "reps.csv",
        f"id,证件,who,day,got\nr1,{PERSON},3122240001,2021-05-05,2021-05-09 08:00:00\n"
        f"r2,{PERSON},3122248888,2021-05-05,2021-05-09 08:00:00\nr3,{PERSON},,2021-05-05,2021-05-09 08:00:00\n",
    )
    pool, reports = _take(wide)
    assert (reports["reps.csv"].new, reports["reps.csv"].waiting, reports["reps.csv"].quarantined) == (
        1,
        1,
        1,
    )
    put(
        "codes_late.csv",
        CODES.splitlines()[0] + f"\n9,{C},customs_code,3122248888,2021-01-01,,2025-02-01 09:00:00\n",
    )
    pool, _ = _take(wide, LATER)
    rows = pool.scan("legal_rep").to_pyarrow().to_pylist()
    assert {row["dst"] for row in rows} == {B, C} and len({row["src"] for row in rows}) == 1
    for path in pool.folder.parent.rglob("*"):
        if path.is_file() and pool.rules.inbox not in path.parents:
            text = str(duckdb.read_parquet(str(path)).df().to_dict()) if path.suffix == ".parquet" else ""
            assert PERSON not in text and PERSON.encode() not in path.read_bytes(), path


def test_names_are_scored_by_how_much_of_them_agrees() -> None:
    known = [("上海源创国际贸易有限公司", A)] + [(f"上海某{i}实业有限公司", f"x{i}") for i in range(50)]
    given = ["上海源创国际贸易有限公司", "上海源创国际贸易公司", "上海源创国际货运有限公司"]
    found = likely(given, known, 1e-4)
    scores = [
        float(found.loc[(found["value"] == g) & (found["subject"] == A), "score"].iloc[0]) for g in given
    ]
    assert scores[0] > 0.99 and scores == sorted(scores, reverse=True) and scores[2] < 0.9


def test_a_book_whose_identity_names_no_record_is_refused(small: Rules) -> None:
    mark = small.root / "credit-risk.toml"
    mark.write_text(
        mark.read_text(encoding="utf-8") + '[identity]\nnames = "nobody.name"\n', encoding="utf-8"
    )
    with pytest.raises(BookError, match="identity"):
        open_rules(small.root)
