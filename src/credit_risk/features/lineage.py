"""Lineage: the hashes from which a training set, and so a model, can be rebuilt."""

from __future__ import annotations

import hashlib

from credit_risk.book.recipe import Recipe
from credit_risk.features.catalogue import Catalogue
from credit_risk.features.hashes import code_hash, environment, text_hash
from credit_risk.records import Pool

__all__ = ["lineage_of"]


def lineage_of(pool: Pool, catalogue: Catalogue, recipe: Recipe) -> dict[str, str]:
    """Return the hashes of records, catalogue, recipe, code and environment."""
    return {
        "records": pool.state_hash(),
        "catalogue": catalogue.hash,
        "recipe": hashlib.sha256(recipe.model_dump_json(by_alias=True).encode()).hexdigest(),
        "code": code_hash(),
        "environment": text_hash(environment()),
    }
