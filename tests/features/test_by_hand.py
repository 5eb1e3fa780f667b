"""Every indicator of the catalogue has, in a small zone written by hand, the value that was worked out by hand.

``by_hand/records.yaml`` and ``by_hand/relations.yaml`` are the zone, ``by_hand/expected`` holds one file a dimension
file of the catalogue: a new indicator needs a line there, with records that make it say something.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
import yaml
from tests.conftest import ROOT
from tests.features.by_hand.zone import expected, pool_of

from credit_risk.book import Rules, open_rules
from credit_risk.features import Catalogue, Matrix
from credit_risk.graph import Graph
from credit_risk.records import Records

TODAY = date(2025, 6, 30)
DIMENSIONS = sorted(p.stem for p in (Path(__file__).parent / "by_hand" / "expected").glob("*.yaml"))


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rules]:
    """The book with a folder of its own: the variable is read whenever the folder is asked for."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CREDIT_RISK_VAR", str(tmp_path_factory.mktemp("by_hand")))
        yield open_rules(ROOT)


@pytest.fixture(scope="module")
def computed(rules: Rules) -> pd.DataFrame:
    pool, catalogue = pool_of(rules), Catalogue.of(rules)
    matrix = Matrix(catalogue, Records(pool), Graph(pool))
    firms = sorted({who for d in DIMENSIONS for row in expected(d).values() for who in row})
    return matrix.build(firms, TODAY, list(catalogue.entries)).to_pandas().set_index("subject")


def test_every_indicator_of_every_dimension_is_worked_out_by_hand() -> None:
    for path in sorted((ROOT / "features").glob("*.yaml")):
        entries = yaml.safe_load(path.read_text(encoding="utf-8")).get("indicators", [])
        told = expected(path.stem) if entries else {}
        assert [entry["name"] for entry in entries] == list(told), path.name


@pytest.mark.parametrize("dimension", DIMENSIONS)
def test_each_says_something_of_somebody_and_something_else_of_another(dimension: str) -> None:
    for name, row in expected(dimension).items():
        assert any(value not in (None, 0) for value in row.values()), name
        assert len(set(row.values())) > 1, name


@pytest.mark.parametrize("dimension", DIMENSIONS)
def test_the_engine_computes_what_was_worked_out_by_hand(computed: pd.DataFrame, dimension: str) -> None:
    wrong = {}
    for name, row in expected(dimension).items():
        for who, value in row.items():
            came = computed.at[who, name]
            came = None if pd.isna(came) else came
            same = came == value if value is None or isinstance(value, str) else came == pytest.approx(value)
            if not same:
                wrong[f"{name} of {who}"] = (value, came)
    assert not wrong
