"""Hashes of what may change a number: text, the code of this package, the libraries it stands on."""

from __future__ import annotations

import hashlib
import json
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

__all__ = ["LIBRARIES", "code_hash", "environment", "text_hash"]

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
