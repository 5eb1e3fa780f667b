"""Figures as they are kept: what was found, on what machine, when."""

from __future__ import annotations

import json
import os
import platform
from datetime import date
from pathlib import Path
from typing import Any

__all__ = ["KEPT", "keep"]

KEPT = Path(__file__).parent / "results"


def keep(name: str, result: dict[str, Any]) -> None:
    """Write ``results/NAME.json``."""
    system = f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores"
    kept = {
        "date": str(date.today()),
        "machine": f"{system}, Python {platform.python_version()}",
        "result": result,
    }
    KEPT.mkdir(exist_ok=True)
    (KEPT / f"{name}.json").write_text(
        json.dumps(kept, indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
    )
