"""SQL that turns a department's text into typed columns and says why a value was refused.

Each target column becomes two SQL expressions over the text view: the typed value, and the reason (NULL when
the value is good). Everything runs in columns; no row is touched by Python.
"""

from __future__ import annotations

from dataclasses import dataclass

from credit_risk.book.schema import Column, FieldRule, SourceRule
from credit_risk.records.sql import identifier, quote

__all__ = [
    "Target",
    "plan_record",
    "plan_relation",
    "text_of",
    "value_of",
    "without_person_numbers",
]

DATE_FORMATS = ("%Y-%m-%d", "%Y/%m/%d", "%Y年%m月%d日", "%Y%m%d", "%Y.%m.%d")
FULL_WIDTH = "０１２３４５６７８９ＡＢＣＤＥＦＧＨＩＪＫＬＭＮＯＰＱＲＳＴＵＶＷＸＹＺ　"
HALF_WIDTH = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ "


@dataclass(frozen=True, slots=True)
class Target:
    """One stored column as SQL, in three steps that are each computed once.

    ``text`` cleans the columns of the file, ``value`` types ``text_of(name)``, ``reason`` says of
    ``text_of(name)`` and ``value_of(name)`` why the row is refused.
    """

    name: str
    text: str
    value: str
    reason: str


def text_of(name: str) -> str:
    """Return the identifier under which a target's cleaned text stands."""
    return identifier(f"{name}:text")


def value_of(name: str) -> str:
    """Return the identifier under which a target's typed value stands."""
    return identifier(f"{name}:value")


def plan_record(
    source: SourceRule, fields: dict[str, FieldRule], life: bool, subject_kind: str
) -> list[Target]:
    """Return the targets of a record source in the order of the envelope."""
    targets = [
        _enterprise("subject", source, subject_kind),
        _date("event_date", source, required=True),
        _timestamp(source),
        _date("usable_from", source),
        _date("usable_until", source),
    ]
    if life:
        targets.append(_reference("target", source))
    targets += [_field(name, rule, source) for name, rule in fields.items()]
    return targets


def plan_relation(source: SourceRule, src_kind: str, dst_kind: str, subject_kind: str) -> list[Target]:
    """Return the targets of a relation source in the order of the envelope."""
    return [
        _end("src", source, src_kind, subject_kind),
        _end("dst", source, dst_kind, subject_kind),
        _number("weight", source, "DECIMAL(18,6)", None, False),
        _date("valid_from", source, required=True),
        _date("valid_to", source),
        _timestamp(source),
    ]


def _text(column: Column | None, nulls: list[str]) -> str:
    """Return SQL of the trimmed text, NULL for the department's ways to write nothing."""
    if column is None:
        return "CAST(NULL AS VARCHAR)"
    if column.constant is not None:
        return quote(str(column.constant))
    words = ", ".join(quote(word) for word in nulls)
    raw = _trimmed(identifier(str(column.column)))
    return (
        f"CASE WHEN list_contains([{words}], {raw}) THEN NULL ELSE {raw} END"  # IN would be a join a column
    )


def _trimmed(name: str) -> str:
    """Return SQL of a text without blanks at its ends; only what begins or ends with one is really trimmed."""
    blanks = "chr(32) || chr(9) || chr(13) || chr(10) || '　'"
    starts = f"ascii({name}) <= 32 OR ascii({name}) = {ord('　')}"
    ends = " OR ".join(f"ends_with({name}, chr({code}))" for code in (32, 9, 13, 10, ord("　")))
    return f"CASE WHEN {starts} OR {ends} THEN trim({name}, {blanks}) ELSE {name} END"


def _reason(*cases: tuple[str, str]) -> str:
    whens = " ".join(f"WHEN {condition} THEN {quote(why)}" for condition, why in cases)
    return f"CASE {whens} END"


def _missing(text: str, required: bool) -> list[tuple[str, str]]:
    return [(f"{text} IS NULL", "missing")] if required else []


def _enterprise(name: str, source: SourceRule, subject_kind: str) -> Target:
    column, text = source.map[name], text_of(name)
    cleaned = _text(column, source.nulls)
    if subject_kind == "text":
        value = f"{quote(column.prefix)} || {text}"
        return Target(name, cleaned, value, _reason(*_missing(text, True)))
    slow = f"upper(replace(translate({text}, {quote(FULL_WIDTH)}, {quote(HALF_WIDTH)}), ' ', ''))"
    value = (
        f"CASE WHEN strlen({text}) = 18 THEN upper({text}) ELSE {slow} END"  # 18 bytes: nothing is full-width
    )
    wrong = (f"NOT valid_uscc({value_of(name)})", "not a valid USCC")
    return Target(name, cleaned, value, _reason(*_missing(text, True), wrong))


def _end(name: str, source: SourceRule, kind: str, subject_kind: str) -> Target:
    column = source.map[name]
    if kind == "enterprise":
        return _enterprise(name, source, subject_kind)
    text = text_of(name)
    value = f"pseudonym({text})" if column.person else f"{quote(column.prefix or kind + ':')} || {text}"
    return Target(name, _text(column, source.nulls), value, _reason(*_missing(text, True)))


def _reference(name: str, source: SourceRule) -> Target:
    column, text = source.map[name], text_of(name)
    value = f"md5({quote(str(column.record_of) + '|')} || {text})" if column.record_of else text
    return Target(name, _text(column, source.nulls), value, _reason(*_missing(text, True)))


def _date(name: str, source: SourceRule, required: bool = False) -> Target:
    text = text_of(name)
    formats = ", ".join(quote(f) for f in DATE_FORMATS)
    value = f"CAST({_moment(text, formats)} AS DATE)"
    bad = (f"{text} IS NOT NULL AND {value_of(name)} IS NULL", "not a date")
    cleaned = _text(source.map.get(name), source.nulls)
    return Target(name, cleaned, value, _reason(*_missing(text, required), _offset(text), bad))


def _moment(text: str, formats: str) -> str:
    """Return SQL of a text as a moment of years 1 to 9999; NULL what else DuckDB reads as one, such as infinity."""
    read = f"coalesce(TRY_CAST({text} AS TIMESTAMP), try_strptime({text}, [{formats}]))"
    return f"CASE WHEN {read} BETWEEN TIMESTAMP '0001-01-01' AND TIMESTAMP '9999-12-31 23:59:59.999999' THEN {read} END"


def _offset(text: str) -> tuple[str, str]:
    """Return what refuses a moment told for another clock than ours: a cast leaves the offset out or shifts by it."""
    ends = quote(":[0-9.]+ ?([zZ]|UTC|GMT|[+-][0-9]{2}(:?[0-9]{2})?)$")
    return (
        f"CASE WHEN strlen({text}) > 16 THEN regexp_matches({text}, {ends}) END",
        "a time with an offset: local time is expected",
    )


def _timestamp(source: SourceRule) -> Target:
    column = source.map.get("received_at")
    if column is None:
        return Target("received_at", "'now'", "getvariable('ingest_clock')::TIMESTAMP", "NULL")
    text, stored = text_of("received_at"), value_of("received_at")
    formats = ", ".join(quote(f) for f in ("%Y/%m/%d %H:%M:%S", *DATE_FORMATS))
    value = _moment(text, formats)
    return Target(
        "received_at",
        _text(column, source.nulls),
        value,
        _reason(
            (f"{text} IS NULL", "missing"),
            _offset(text),
            (f"{stored} IS NULL", "not a date and time"),
            (f"{stored} > getvariable('ingest_clock')::TIMESTAMP", "received in the future"),
        ),
    )


def _number(name: str, source: SourceRule, sql: str, minimum: object | None, required: bool) -> Target:
    column = source.map.get(name)
    text, stored = text_of(name), value_of(name)
    plain = f"replace(translate({text}, {quote(FULL_WIDTH)}, {quote(HALF_WIDTH)}), ',', '')"
    unit = column.unit if column else 1
    # a cast to a decimal of more than 18 digits takes 200 times as long: only what fails the short one goes that way
    exact = f"coalesce(TRY_CAST({text} AS DECIMAL(18,8)), TRY_CAST({plain} AS DECIMAL(26,8)))"
    scaled = exact if unit == 1 else f"{exact} * {unit}"
    if sql == "BIGINT":
        whole = f"CASE WHEN {exact} = floor({exact}) THEN TRY_CAST({scaled} AS BIGINT) END"
        digits = f"CASE WHEN NOT contains({text}, '.') THEN TRY_CAST({text} AS BIGINT) END"
        value = whole if unit != 1 else f"coalesce({digits}, {whole})"
    else:
        value = f"TRY_CAST({scaled} AS {sql})"
        value = f"coalesce(TRY_CAST({text} AS {sql}), {value})" if unit == 1 else value
    cases = [
        *_missing(text, required),
        (f"{text} IS NOT NULL AND {stored} IS NULL", "not a number of this kind"),
    ]
    if minimum is not None:
        cases.append((f"{stored} < {minimum}", f"below {minimum}"))
    return Target(name, _text(column, source.nulls), value, _reason(*cases))


def _field(name: str, rule: FieldRule, source: SourceRule) -> Target:
    column = source.map.get(name)
    if rule.type == "date":
        return _date(name, source, rule.required)
    if rule.type in {"money", "number", "integer"}:
        sql = {"money": "DECIMAL(18,2)", "number": "DECIMAL(18,6)", "integer": "BIGINT"}[rule.type]
        return _number(name, source, sql, rule.minimum, rule.required)
    text, cleaned = text_of(name), _text(column, source.nulls)
    missing = _missing(text, rule.required)
    if rule.type == "flag":
        value = (
            f"CASE WHEN lower({text}) IN ('1','true','t','是','y','yes') THEN true"
            f" WHEN lower({text}) IN ('0','false','f','否','n','no') THEN false END"
        )
        bad = (f"{text} IS NOT NULL AND {value_of(name)} IS NULL", "neither yes nor no")
        return Target(name, cleaned, value, _reason(*missing, bad))
    if column is not None and column.codes:
        words = " ".join(f"WHEN {quote(k)} THEN {quote(v)}" for k, v in column.codes.items())
        value = f"CASE {text} {words} ELSE {text} END"
    else:
        value = text
    if column is not None and column.person:
        reason = _reason(*missing) if missing else "NULL"
        return Target(name, cleaned, f"pseudonym({text})", reason)
    if rule.type == "code" and rule.codes:
        known = ", ".join(quote(code) for code in rule.codes)
        unknown = f"{text} IS NOT NULL AND {value_of(name)} NOT IN ({known})"
        missing = [*missing, (unknown, "unknown code")]
    damaged = (f"contains({text}, chr(65533))", "broken characters")
    return Target(name, cleaned, value, _reason(*missing, damaged))


def without_person_numbers(text: str) -> str:
    """Return SQL that blots out in ``text`` (SQL) what looks like a resident's 18-digit number (GB 11643).

    Quarantine keeps rows as they came, free text and columns that nobody mapped included; persons' numbers are never
    stored. Numbers that begin with 9 are codes of enterprises and stay.
    """
    number = r"[1-8]\d{5}(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:[0-2]\d|3[01])\d{3}[0-9Xx]"
    return rf"regexp_replace({text}, '(^|[^0-9A-Za-z]){number}($|[^0-9A-Za-z])', '\1***\2', 'g')"
