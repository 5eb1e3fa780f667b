"""A relational learner is the champion's form, and refuses to be called so when nothing rests on relations."""

from __future__ import annotations

import pytest
from tests.graph.pools import ROOT

from credit_risk.book import open_rules
from credit_risk.errors import InputError
from credit_risk.features import Catalogue
from credit_risk.models.train import check_learner


def test_the_champion_is_relational_and_without_relations_it_is_refused() -> None:
    rules = open_rules(ROOT)
    catalogue, recipe = Catalogue.of(rules), rules.recipes["credit-12m"]
    assert recipe.learner.kind == "relational-lightgbm"
    check_learner(catalogue, recipe)
    bare = recipe.model_copy(update={"without": [*recipe.without, "tree:relations", "related_*"]})
    alone = [n for n in catalogue.inputs(bare.indicators, bare.without) if catalogue.rests_on_relations(n)]
    bare = bare.model_copy(update={"without": [*bare.without, *alone]})
    with pytest.raises(InputError, match="needs indicators that rest on relations"):
        check_learner(catalogue, bare)
    plain = recipe.learner.model_copy(update={"kind": "lightgbm"})
    check_learner(catalogue, bare.model_copy(update={"learner": plain}))
