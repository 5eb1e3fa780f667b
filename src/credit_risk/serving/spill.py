"""Where audit lines wait while the store does not answer: a file beside it, flushed before the answer goes out.

The next commit to the store takes them into the chain first. A line may enter twice when the process dies between that
commit and the emptying of the file; it never gets lost.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import threading
from pathlib import Path
from typing import Any

from credit_risk.records.store import atomic_path

__all__ = ["Spill"]


class Spill:
    """The file of one process."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / f"audit-{os.getpid()}.jsonl"
        self.folder = folder
        self._lock = threading.Lock()

    def keep(self, lines: list[dict[str, Any]]) -> list[str]:
        """Store lines durably and return ids that begin with ``spilled-``."""
        texts = [json.dumps(line, ensure_ascii=False) for line in lines]
        with self._lock:
            self.folder.mkdir(parents=True, exist_ok=True)
            with self.path.open("a", encoding="utf-8") as file:
                file.writelines(f"\n{text}\n" for text in texts)  # whatever was cut short before it
                file.flush()
                os.fsync(file.fileno())
        return [f"spilled-{hashlib.sha256(text.encode()).hexdigest()[:12]}" for text in texts]

    def held(self) -> list[dict[str, Any]]:
        """Return the lines that wait, oldest first; a line cut short by a crash was never acknowledged."""
        if not self.path.exists():
            return []
        return [json.loads(text) for text in _whole(self.path)]

    def clear(self, taken: int) -> None:
        """Drop the first ``taken`` lines, which are in the chain now."""
        with self._lock:
            rest = self.held()[taken:]
            if rest:
                with atomic_path(self.path) as draft:
                    draft.write_text(
                        "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in rest), "utf-8"
                    )
            else:
                self.path.unlink(missing_ok=True)

    def adopt(self) -> None:
        """Take over the files of processes that are gone; two processes that start at once take none twice."""
        if not self.folder.is_dir():
            return
        with (self.folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            for path in sorted(self.folder.glob("audit-*.jsonl")):
                if path != self.path and not _lives(int(path.stem.removeprefix("audit-"))):
                    with self._lock, self.path.open("a", encoding="utf-8") as file:
                        file.writelines(f"\n{text}\n" for text in _whole(path))
                        file.flush()
                        os.fsync(file.fileno())
                    path.unlink()


def _whole(path: Path) -> list[str]:
    """Return the lines of a file that were not cut short."""
    found = []
    for line in path.read_bytes().split(b"\n"):
        try:
            text = line.decode()
            json.loads(text)
        except ValueError:
            continue  # also a character cut in two
        found.append(text)
    return found


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True
