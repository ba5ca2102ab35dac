"""What the gateway remembers between two requests: small JSON documents by kind and id, each for a time.

One SQLite file, readable by its owner only. All work is done in the worker thread that was given, never in the loop.
WAL with synchronous=NORMAL: a crash of the gateway loses nothing, a power cut may lose the last moments.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
import time
from collections.abc import Callable
from concurrent.futures import Executor
from pathlib import Path
from typing import TypeVar

Result = TypeVar("Result")

_SCHEMA = """
CREATE TABLE IF NOT EXISTS documents (
    kind TEXT NOT NULL, id TEXT NOT NULL, body BLOB NOT NULL, expires REAL NOT NULL, PRIMARY KEY (kind, id)
);
CREATE INDEX IF NOT EXISTS documents_expires ON documents (expires);
"""


class Store:
    """`worker` has one thread. Opened at the first use. `now` gives Unix seconds; tests bring their own."""

    def __init__(self, path: Path, worker: Executor, now: Callable[[], float] = time.time) -> None:
        self._path = path
        self._worker = worker
        self._now = now
        self._connection: sqlite3.Connection | None = None

    async def put(self, kind: str, id: str, body: bytes, keep_s: float) -> None:
        """Raises sqlite3.Error when the disk does not take it."""

        def work(connection: sqlite3.Connection) -> None:
            now = self._now()
            with connection:
                connection.execute("DELETE FROM documents WHERE expires <= ?", (now,))
                connection.execute(
                    "INSERT OR REPLACE INTO documents VALUES (?, ?, ?, ?)", (kind, id, body, now + keep_s)
                )

        await self._do(work)

    async def get(self, kind: str, id: str) -> bytes | None:
        def work(connection: sqlite3.Connection) -> bytes | None:
            query = "SELECT body FROM documents WHERE kind = ? AND id = ? AND expires > ?"
            row = connection.execute(query, (kind, id, self._now())).fetchone()
            return row[0] if row else None

        return await self._do(work)

    async def delete(self, kind: str, id: str) -> bool:
        """Whether there was such a document."""

        def work(connection: sqlite3.Connection) -> bool:
            query = "DELETE FROM documents WHERE kind = ? AND id = ? AND expires > ?"
            with connection:
                return connection.execute(query, (kind, id, self._now())).rowcount > 0

        return await self._do(work)

    async def aclose(self) -> None:
        def work(connection: sqlite3.Connection) -> None:
            connection.close()
            self._connection = None

        if self._connection is not None:
            await self._do(work)

    async def _do(self, work: Callable[[sqlite3.Connection], Result]) -> Result:
        return await asyncio.get_running_loop().run_in_executor(self._worker, lambda: work(self._open()))

    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            os.close(os.open(self._path, os.O_CREAT | os.O_RDWR, 0o600))  # SQLite's own files take this mode, too
            connection = sqlite3.connect(self._path, timeout=5.0)
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.executescript(_SCHEMA)
            self._connection = connection
        return self._connection
