"""A pool drawn at random for benchmarks: enterprises, relations with clubs and hubs, records of every type.

Nothing in it means anything; sizes, keys, types and the shape of the graph are those of a real pool. Clubs (persons,
addresses, telephones, agents) have a few members and some have thousands; one in fifty enterprises belongs to a group
of five founded together that share all clubs, one in twenty to a ring of four that guarantee each other, and bonded
goods go round rings of three: the patterns have something to find.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import duckdb

from credit_risk.book import Rules
from credit_risk.book.schema import FieldRule
from credit_risk.records.envelope import RELATION_ENVELOPE, SQL_TYPES

__all__ = ["MONTHLY", "invent_records", "invent_relations", "subject_of"]

MONTHLY = {
    "tax_filing", "social_insurance", "utility", "customs_declaration", "fx_flow", "bonded_list", "gate_event",
    "housing_fund",
}  # fmt: skip
SHARES = {
    "shareholder": 6, "guarantees": 4, "supplies": 24, "declares_for": 4, "legal_rep": 12, "executive": 12,
    "same_address": 12, "same_phone": 8, "same_agent": 6, "branch": 2, "stores_at": 2, "carries": 2,
    "transfers_bonded": 2, "pledges": 1, "litigates": 1, "pays": 1, "bids_with": 1,
}  # fmt: skip
CLUB_SIZE = {"legal_rep": 2, "executive": 3, "same_address": 3, "same_phone": 2, "same_agent": 12}
WEIGHT = {"shareholder": "0.1 + 0.9 * random()", "supplies": "random()", "declares_for": "random()"}
END = "DATE '2026-06-30'"


def subject_of(number: str) -> str:
    """Return the SQL of the code of an enterprise by number."""
    return f"'91310115MA' || lpad(({number})::BIGINT::VARCHAR, 8, '0')"


def invent_relations(rules: Rules, enterprises: int, relations: int) -> int:
    """Write about so many relations over all types of the book; return how many there are."""
    connection, total = _connection(), 0
    for kind, rule in rules.relations.items():
        n = relations * SHARES[kind] // sum(SHARES.values())
        person = "person" in (rule.src, rule.dst)
        if "enterprise" == rule.src == rule.dst:
            src, dst = _own_ends(kind, enterprises, n)
        else:
            club = _club(kind, "person:" if person else "group:", enterprises, n)
            src, dst = (
                (club, _member(enterprises)) if rule.dst == "enterprise" else (_member(enterprises), club)
            )
        columns = {
            "record_id": f"'{kind}' || i", "version": "'1'", "source": f"'{kind}'", "source_record_id": "i::VARCHAR",
            "src": src, "dst": dst, "weight": WEIGHT.get(kind, "round(1e6 * random())") if rule.weight else "NULL",
            "valid_from": f"{END} - (60 + random() * 1500)::INTEGER", "valid_to": "NULL",
            "received_at": f"{END} - (1 + random() * 50)::INTEGER",
        }  # fmt: skip
        total += _write(connection, rules, kind, n, columns, RELATION_ENVELOPE, "src")
    return total


def _own_ends(kind: str, enterprises: int, n: int) -> tuple[str, str]:
    """Return the ends of relations between enterprises: some are chosen far more often than others."""
    popular = f"floor({enterprises} * pow(random(), 3))"
    plain = f"floor({enterprises} * random())"
    if kind == "guarantees":
        ring = enterprises // 20
        return (
            f"CASE WHEN i < {ring} THEN {subject_of('i')} ELSE {subject_of(plain)} END",
            f"CASE WHEN i < {ring} THEN {subject_of('i - i % 4 + (i + 1) % 4')} ELSE {subject_of(plain)} END",
        )
    if kind == "shareholder":
        return subject_of(f"floor(pow(random(), 0.5) * (i % {enterprises}))"), subject_of(
            f"i % {enterprises}"
        )
    return subject_of(popular), subject_of(plain)


def _member(enterprises: int) -> str:
    return subject_of(f"i % {enterprises}")


def _club(kind: str, prefix: str, enterprises: int, n: int) -> str:
    """Return who mediates: groups of five share everything, one in twenty joins one of 50 crowded clubs."""
    shared = f"(i % {enterprises}) // 5"
    plain = f"'{prefix}{kind}' || floor(random() * {max(n // CLUB_SIZE[kind], 1)})::BIGINT"
    crowded = f"'{prefix}{kind}hub' || floor(random() * 50)::BIGINT"
    together = f"'{prefix}{kind}shell' || {shared}"
    return f"CASE WHEN {shared} % 50 = 0 THEN {together} WHEN random() < 0.05 THEN {crowded} ELSE {plain} END"


def invent_records(rules: Rules, enterprises: int, counts: Mapping[str, int]) -> int:
    """Write ``counts`` records by type; ``registration`` has one of every enterprise. Return how many there are."""
    connection, total = _connection(), 0
    for kind, n in counts.items():
        rule = rules.records[kind]
        columns = {
            "record_id": f"'{kind}' || i", "version": "'1'", "source": f"'{kind}'", "source_record_id": "i::VARCHAR",
            "subject": subject_of("i" if kind == "registration" else f"floor({enterprises} * random())"),
            "event_date": f"{END} - (40 + random() * 700)::INTEGER", "usable_from": "NULL", "usable_until": "NULL",
            "received_at": f"{END} - (1 + random() * 39)::INTEGER",
        }  # fmt: skip
        fields = {name: _drawn(name, field) for name, field in rule.fields.items()}
        if kind == "registration":
            group = "(i // 5)"
            fields["established"] = (
                f"CASE WHEN {group} % 50 = 0 THEN DATE '2019-01-01' + ({group} % 1500)::INTEGER"
                f" ELSE {END} - (100 + random() * 7000)::INTEGER END"
            )
            fields |= {"event_date": fields["established"]}
        if kind == "bonded_transfer":
            columns["subject"] = subject_of("i // 6 * 3 + i % 3")
            columns["event_date"] = f"{END} - (60 + (i // 3) % 2 * 90 + 2 - i % 3)::INTEGER"
            fields |= {
                "buyer": subject_of("i // 6 * 3 + (i + 1) % 3"), "goods": "'g' || i // 6", "quantity": "100",
                "amount": "1000",
            }  # fmt: skip
        types = {
            **RELATION_ENVELOPE,
            "subject": "VARCHAR",
            "event_date": "DATE",
            "usable_from": "DATE",
            "usable_until": "DATE",
        }
        types |= {name: SQL_TYPES[field.type] for name, field in rule.fields.items()}
        total += _write(connection, rules, kind, n, columns | fields, types, "subject")
    return total


def _drawn(name: str, field: FieldRule) -> str:
    """Return the SQL of a random value of a field; one in twenty of those that may be null is."""
    if field.type == "code":
        codes = ", ".join(f"'{code}'" for code in field.codes or {})
        return f"[{codes}][1 + floor(random() * {len(field.codes or {})})::INTEGER]"
    drawn = {
        "money": "round(exp(8 + 4 * random()), 2)",
        "number": "round(2 * random(), 4)",
        "integer": "floor(20 * random())",
        "flag": "random() < 0.1",
        "date": f"{END} - (random() * 400)::INTEGER",
        "text": "'t' || floor(1000 * random())::INTEGER",
    }[field.type]
    return drawn if field.required else f"CASE WHEN random() < 0.05 THEN NULL ELSE {drawn} END"


def _connection() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute("SELECT setseed(0.7)")
    connection.execute("SET threads = 1")  # the same rows every time
    return connection


def _write(
    connection: duckdb.DuckDBPyConnection, rules: Rules, kind: str, n: int, columns: Mapping[str, str],
    types: Mapping[str, str], order: str,
) -> int:  # fmt: skip
    target: Path = rules.var / "pool" / kind / "invented.parquet"
    target.parent.mkdir(parents=True, exist_ok=True)
    chosen = ", ".join(f'({value})::{types[name]} AS "{name}"' for name, value in columns.items())
    connection.execute(
        f"COPY (SELECT {chosen} FROM range({n}) AS r(i) ORDER BY \"{order}\") TO '{target}'"
        " (FORMAT parquet, COMPRESSION zstd)"
    )
    return n
