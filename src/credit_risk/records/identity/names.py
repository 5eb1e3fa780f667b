"""Names compared with the names known: how probable it is that both mean the same enterprise (Splink).

The weights are those of Fellegi and Sunter. Registered names are unique within one registration authority, so two
enterprises share a whole name very rarely; a name without its legal form is shared more often, a similar one often.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from typing import Any

import pandas as pd
import splink.comparison_level_library as level
import splink.comparison_library as comparison
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

from credit_risk.records.sql import connected

__all__ = ["likely"]

LEGAL_FORM = re.compile(r"(有限责任公司|股份有限公司|有限公司|公司|\(集团\)|合伙企业(\(有限合伙\))?)$")
LEAST_POPULATION = 10_000  # files also speak of enterprises that are not in a small zone's register


COLUMNS = ["value", "candidate", "subject", "score"]


def likely(given: Sequence[str], known: Sequence[tuple[str, str]], at_least: float) -> pd.DataFrame:
    """Return the enterprises that a name may mean: columns value, candidate (its known name), subject, score.

    Parameters
    ----------
    given
        Plain names to be resolved.
    known
        Pairs (plain name, subject); an enterprise may have several.
    at_least
        The least probability that is returned; order is by value, then score, highest first.

    """
    if not given or not known:
        return pd.DataFrame(columns=COLUMNS)
    asked = pd.DataFrame({"name": sorted(set(given))}).assign(unique_id=lambda f: f["name"])
    names = pd.DataFrame({"name": sorted({name for name, _ in known})}).assign(unique_id=lambda f: f["name"])
    logging.getLogger("splink").setLevel(logging.ERROR)
    with connected() as connection:
        connection.execute("SET threads = 1")  # the same bits on every machine
        for table, frame in (("asked", asked), ("names", names)):
            stems = [LEGAL_FORM.sub("", name) for name in frame["name"]]
            connection.register("frame", frame.assign(stem=stems))
            connection.execute(f"CREATE TABLE {table} AS SELECT * FROM frame")
        database = DuckDBAPI(connection)
        tables = [database.register(table, dataset_display_name=table) for table in ("asked", "names")]
        linker = Linker(tables, _settings(len({s for _, s in known})), log_level=logging.ERROR)
        predicted: Any = linker.inference.predict(threshold_match_probability=at_least)
        pairs = predicted.as_pandas_dataframe()
    found = pairs.rename(
        columns={"unique_id_l": "value", "unique_id_r": "candidate", "match_probability": "score"}
    )
    holders = pd.DataFrame(list(dict.fromkeys(known)), columns=["candidate", "subject"])
    found = found[["value", "candidate", "score"]].merge(holders, on="candidate")
    return found.sort_values(["value", "score", "subject"], ascending=[True, False, True])[
        COLUMNS
    ].reset_index(drop=True)


def _weights(population: int) -> list[tuple[float, float]]:
    """Return per level its share among pairs that are the same, and among pairs that are not."""
    return [
        (0.90, 1e-3 / population),  # the same name
        (0.05, 1e-2 / population),  # the same but for the legal form
        (0.03, 1e-4),  # nearly the same
        (0.015, 1e-3),  # similar
    ]


def _settings(enterprises: int) -> SettingsCreator:
    population = max(enterprises, LEAST_POPULATION)
    weights = _weights(population)
    levels = [
        level.ExactMatchLevel("name"),
        level.ExactMatchLevel("stem"),
        level.JaroWinklerLevel("stem", 0.95),
        level.JaroWinklerLevel("stem", 0.90),
    ]
    weighed = [
        one.configure(m_probability=m, u_probability=u) for one, (m, u) in zip(levels, weights, strict=True)
    ]
    rest = {i: 1 - sum(pair[i] for pair in weights) for i in (0, 1)}
    weighed.append(level.ElseLevel().configure(m_probability=rest[0], u_probability=rest[1]))
    return SettingsCreator(
        link_type="link_only",
        probability_two_random_records_match=1 / population,
        blocking_rules_to_generate_predictions=[
            block_on("substr(stem, 1, 4)"),
            block_on("substr(stem, 3, 3)"),
            block_on("right(stem, 5)"),
        ],
        comparisons=[
            comparison.CustomComparison(
                output_column_name="name", comparison_levels=[level.NullLevel("name"), *weighed]
            )
        ],
    )
