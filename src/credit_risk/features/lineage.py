"""Lineage: the hashes from which a training set, and so a model, can be rebuilt."""

from __future__ import annotations

import hashlib
import json
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from credit_risk.book.schema import Recipe
from credit_risk.features.catalogue import Catalogue
from credit_risk.records import Pool

__all__ = ["LIBRARIES", "code_hash", "environment", "lineage_of", "text_hash"]

LIBRARIES = ("duckdb", "ibis-framework", "lightgbm", "numpy", "pandas", "pyarrow", "scikit-learn")


def text_hash(value: object) -> str:
    """Return the SHA-256 of a JSON-able value, keys sorted."""
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()


@cache
def code_hash() -> str:
    """Return the SHA-256 over every source file of this package."""
    package = Path(__file__).resolve().parents[1]
    digest = hashlib.sha256()
    for path in sorted(package.rglob("*.py")):
        digest.update(path.relative_to(package).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def environment() -> dict[str, str]:
    """Return the versions of the libraries that may change a number."""
    found = {}
    for name in LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "absent"
    return found


def lineage_of(pool: Pool, catalogue: Catalogue, recipe: Recipe) -> dict[str, str]:
    """Return the hashes of records, catalogue, recipe, code and environment."""
    return {
        "records": pool.state_hash(),
        "catalogue": catalogue.hash,
        "recipe": hashlib.sha256(recipe.model_dump_json(by_alias=True).encode()).hexdigest(),
        "code": code_hash(),
        "environment": text_hash(environment()),
    }
