"""Which practice zone this is: the hash of all that decides what happens in it."""

from __future__ import annotations

import hashlib
from pathlib import Path

__all__ = ["simulation_hash"]


def simulation_hash() -> str:
    """Return the SHA-256 over the sources of this package, rates and coefficients included.

    Figures on the practice zone carry it, so that a figure of another zone cannot pass for one of this.
    """
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()
