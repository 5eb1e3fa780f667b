"""Areas and sectors, contagion, shocks and dependence, on small worlds worked out by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from credit_risk.book.schema import Text
from credit_risk.book.warning_rules import Scenario
from credit_risk.errors import InputError
from credit_risk.graph.network import Network, _closed, _stacked
from credit_risk.warnings.area import contagion, dependence, herfindahl, key_nodes, risk_index, stress

TITLE = Text(zh="冲击", en="Shock")


def network(*edges: tuple[str, str, str, float | None]) -> Network:
    """Return a network of (src, dst, kind, weight)."""
    table = pd.DataFrame(edges, columns=["src", "dst", "kind", "weight"])
    table["valid_from"], table["received_at"] = pd.Timestamp("2024-01-01"), pd.Timestamp("2024-01-02")
    table["record_id"], table["source"] = [f"r{i}" for i in range(len(table))], "s"
    codes, ids = pd.factorize(pd.concat([table["src"], table["dst"]]), sort=True)
    src, dst = codes[: len(table)].astype(np.int64), codes[len(table) :].astype(np.int64)
    both = _stacked(src, dst, len(ids))
    closed = _closed(table, src, dst, len(ids), np.diff(both.indptr), {}, 200)
    return Network(np.asarray(ids, object), table, both.indptr.astype(np.int64), both.indices.astype(np.int64),
                   both.data.astype(np.int64) - 1, closed)  # fmt: skip


WORLD = network(
    ("a", "b", "supplies", 0.8), ("b", "c", "supplies", None), ("a", "c", "supplies", 0.1),
    ("c", "d", "guarantees", 5e6), ("person:1", "a", "executive", None), ("person:1", "e", "executive", None),
    ("x", "y", "supplies", None),
)  # fmt: skip


def test_an_enterprise_takes_the_strongest_path_and_can_say_which() -> None:
    told = contagion(WORLD, ["a"], fade=0.5, hops=3).table().set_index("subject")["strength"]
    assert told["b"] == pytest.approx(0.5 * 0.8)
    assert told["c"] == pytest.approx(0.4 * 0.5), "over b, not the weak relation of its own"
    assert told["d"] == pytest.approx(0.2 * 0.5)
    assert told["e"] == pytest.approx(0.5), "through a person: one hop of two halves"
    path = contagion(WORLD, ["a"], fade=0.5, hops=3).path("d")
    assert path is not None and path.path.nodes == ["a", "b", "c", "d"] and path.source == "a"
    assert [t.record_id for t in path.path.ties] == ["r0", "r1", "r3"]


def test_who_is_not_connected_is_not_moved_and_who_is_too_far_neither() -> None:
    told = set(contagion(WORLD, ["a"], fade=0.5, hops=3).table()["subject"])
    assert told == {"b", "c", "d", "e"} and contagion(WORLD, ["a"]).path("y") is None
    assert contagion(WORLD, ["z"]).table().empty
    assert "d" not in set(contagion(WORLD, ["a"], fade=0.5, hops=1).table()["subject"])


def _people() -> pd.DataFrame:
    return pd.DataFrame(
        {"subject": list("abcdexy"), "pd": [0.02, 0.02, 0.04, np.nan, 0.1, 0.02, 0.02],
         "industry": ["trade", "food", "food", "food", "steel", "food", "food"], "zone": ["p", "q", "q", "q", "q", "q", "q"]}
    )  # fmt: skip


def test_a_shock_raises_those_hit_and_those_connected_elsewhere_and_leaves_the_others_still() -> None:
    scenario = Scenario(scenario="s", title=TITLE, industry="trade", pd_factor=3, fade=0.5, hops=3)
    found = stress(scenario, _people(), WORLD)
    after = found.table.set_index("subject")
    assert set(after.index) == {"a", "b", "c", "e"} and after.at["a", "role"] == "hit"
    odds = 0.02 / 0.98 * (1 + 2 * 0.4)
    assert after.at["b", "pd_after"] == pytest.approx(odds / (1 + odds))
    assert (after["pd_after"] > after["pd"]).all()
    path = found.spread.path("e")
    assert path is not None and path.path.nodes == ["a", "person:1", "e"]
    assert found.expected_after - found.expected_before == pytest.approx(
        (after["pd_after"] - after["pd"]).sum()
    )
    again = stress(scenario, _people().sample(frac=1, random_state=1), WORLD)
    pd.testing.assert_frame_equal(found.table, again.table)


def test_a_scenario_that_hits_nobody_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(InputError, match="tradee"):
        stress(Scenario(scenario="s", title=TITLE, industry="tradee"), _people(), WORLD)
    with pytest.raises(InputError, match="exactly one"):
        stress(Scenario(scenario="s", title=TITLE, industry="trade", node="a"), _people(), WORLD)


def test_a_small_group_is_shrunken_and_a_large_one_beyond_its_limits_is_told() -> None:
    rng = np.random.default_rng(0)
    pds = np.concatenate([rng.gamma(2, 0.02, 2000), rng.gamma(2, 0.04, 400), [0.2, 0.25]])
    groups = pd.Series(["calm"] * 2000 + ["hot"] * 400 + ["tiny"] * 2)
    told = risk_index(pd.DataFrame({"subject": range(2402), "pd": pds}), groups).set_index("group")
    assert told.at["hot", "state"] == "above" and told.at["hot", "low"] < 100 < told.at["hot", "high"]
    raw = 100 * told["mean_pd"] / pds.mean()
    assert 100 < told.at["tiny", "index"] < raw["tiny"] and abs(told.at["hot", "index"] - raw["hot"]) < 5
    assert told["expected_events"].sum() == pytest.approx(pds.sum())


def test_groups_that_differ_by_chance_alone_stay_within_their_limits() -> None:
    rng = np.random.default_rng(3)
    scores = pd.DataFrame({"subject": range(5000), "pd": rng.gamma(2, 0.02, 5000)})
    told = risk_index(scores, pd.Series(rng.choice(list("abcdefgh"), 5000)))
    assert (told["state"] == "within").all()
    moved = risk_index(
        scores.assign(pd=scores["pd"] * 2), pd.Series(rng.choice(list("abcdefgh"), 5000)), told
    )
    assert moved["change"].abs().max() < 25, "an index compares with all: what doubles for all moves none"


def test_dependence_and_key_nodes_are_those_by_hand() -> None:
    edges = pd.DataFrame(
        [
            ("s", "a", 0.9),
            ("t", "a", 0.1),
            ("s", "b", 0.5),
            ("s", "c", None),
            ("t", "d", 1.0),
            ("u", "d", 3.0),
        ],
        columns=["src", "dst", "weight"],
    )
    told = dependence(edges).set_index("subject")
    assert told.at["a", "herfindahl"] == pytest.approx(0.82) and told.at["a", "on"] == "s"
    assert told.at["d", "largest"] == pytest.approx(0.75) and told.at["d", "on"] == "u"
    assert told["single_source"].all()
    assert key_nodes(edges).iloc[0].to_dict() == {
        "node": "s",
        "dependents": 3,
        "share_sum": pytest.approx(2.9),
    }
    assert herfindahl(pd.Series([1.0, 1.0, 2.0]), pd.Series(["p", "p", "q"])) == pytest.approx(0.5)
