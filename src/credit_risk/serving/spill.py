"""Where audit lines wait while the store does not answer: a file beside it, flushed before the answer goes out.

The next commit to the store takes them into the chain first. A line may enter twice when the process dies between that
commit and the emptying of the file; it never gets lost. A process holds its file locked for as long as it lives, so
others see whose lines are left behind, whatever number a process of another day or container bears.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import secrets
import threading
from contextlib import suppress
from io import FileIO
from pathlib import Path
from typing import Any

from credit_risk.records.store import atomic_path

__all__ = ["Spill"]


class Spill:
    """The file of one process."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / f"audit-{os.getpid()}-{secrets.token_hex(4)}.jsonl"
        self._file: FileIO | None = None
        self._lock = threading.Lock()

    def keep(self, lines: list[dict[str, Any]]) -> list[str]:
        """Store lines durably and return ids that begin with ``spilled-``; raises OSError where that cannot be."""
        texts = [json.dumps(line, ensure_ascii=False) for line in lines]
        with self._lock:
            self._append(texts)
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
            if self._file is not None:
                self._file.close()  # it is that of the lines before
            self._file = None

    def adopt(self) -> None:
        """Take over the files of processes that are gone; two processes that start at once take none twice."""
        for path in sorted(self.folder.glob("audit-*.jsonl")):
            if path == self.path:
                continue
            with (
                suppress(FileNotFoundError),
                path.open("rb") as left,
            ):  # another may have taken it over meanwhile
                try:
                    fcntl.flock(left, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    continue  # whose it is lives
                if _is_at(left.fileno(), path):
                    with self._lock:
                        self._append(_whole(path))
                    path.unlink()

    def _append(self, texts: list[str]) -> None:
        file = self._own()
        told = "".join(f"\n{text}\n" for text in texts).encode()  # whatever was cut short before it
        if file.write(told) != len(told):
            raise OSError(f"{self.path}: only a part could be written")
        os.fsync(file.fileno())

    def _own(self) -> FileIO:
        """Return the file, locked; where another process took it over just then, a new one."""
        while self._file is None:
            self.folder.mkdir(parents=True, exist_ok=True)
            file = FileIO(self.path, "a")
            fcntl.flock(file, fcntl.LOCK_EX)
            if _is_at(file.fileno(), self.path):
                self._file = file
            else:
                file.close()
        return self._file


def _is_at(descriptor: int, path: Path) -> bool:
    """Tell whether an open file is still the one at a path."""
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False


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
