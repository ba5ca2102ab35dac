"""A service's log: what it writes, kept in the home in files of bounded size."""

from __future__ import annotations

import sys
from pathlib import Path
from types import TracebackType
from typing import Self

MAX_LOG_BYTES = 5 * 1024 * 1024
KEPT_LOGS = 3
TAIL_BYTES = 16 * 1024


class ServiceLog:
    """`planner.log`; older ones are `planner.log.1` (the last run's) to `planner.log.3`."""

    def __init__(self, path: Path, echo: bool = False) -> None:
        self.path = path
        self._echo = echo
        self._tail = b""
        self._written = 0

    def __enter__(self) -> Self:
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._rotate()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def write(self, data: bytes) -> None:
        if self._written > MAX_LOG_BYTES:
            self._file.close()
            self._rotate()
        self._written += self._file.write(data)
        self._tail = (self._tail + data)[-TAIL_BYTES:]
        if self._echo:
            sys.stderr.write(data.decode("utf-8", "replace"))
            sys.stderr.flush()

    def begin(self) -> None:
        """A new process writes from here on."""
        self._tail = b""

    def last_words(self) -> str:
        """The last line that is not a log record: what a service says before it leaves."""
        lines = [line.strip() for line in self._tail.decode("utf-8", "replace").splitlines()]
        return next((line for line in reversed(lines) if line and not line.startswith("{")), "")

    def _rotate(self) -> None:
        for number in range(KEPT_LOGS - 1, -1, -1):
            older = self.path if number == 0 else Path(f"{self.path}.{number}")
            if older.exists():
                older.replace(f"{self.path}.{number + 1}")
        self._file = self.path.open("wb", buffering=0)
        self._written = 0
