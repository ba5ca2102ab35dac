"""What the gateway remembers between two requests: small JSON documents by kind and id, each for a time."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from .runs.database import Database

_VERSION = 1
_SCHEMA = """
CREATE TABLE IF NOT EXISTS documents (
    kind TEXT NOT NULL, id TEXT NOT NULL, body BLOB NOT NULL, expires REAL NOT NULL, PRIMARY KEY (kind, id)
);
CREATE INDEX IF NOT EXISTS documents_expires ON documents (expires);
"""


class Store:
    """`now` gives Unix seconds; tests bring their own. Everything raises JournalUnavailable when the file cannot be
    used."""

    def __init__(self, path: Path, now: Callable[[], float] = time.time) -> None:
        self._database = Database(path, _SCHEMA, _VERSION)
        self._now = now

    async def open(self) -> None:
        await self._database.open()

    async def close(self) -> None:
        await self._database.close()

    async def put(self, kind: str, id: str, body: bytes, keep_s: float) -> None:
        """Returns when it is committed. What has expired leaves the file with it."""
        await self.put_all([(kind, id, body)], keep_s)

    async def put_all(self, documents: Iterable[tuple[str, str, bytes]], keep_s: float) -> None:
        """All of them, (kind, id, body), or none."""
        now = self._now()
        self._database.write("DELETE FROM documents WHERE expires <= ?", now)
        for document in documents:
            self._database.write("INSERT OR REPLACE INTO documents VALUES (?, ?, ?, ?)", *document, now + keep_s)
        await self._database.commit()

    async def get(self, kind: str, id: str) -> bytes | None:
        def query(connection: sqlite3.Connection) -> bytes | None:
            statement = "SELECT body FROM documents WHERE kind = ? AND id = ? AND expires > ?"
            row = connection.execute(statement, (kind, id, self._now())).fetchone()
            return row["body"] if row else None

        return await self._database.read(query)

    async def delete(self, kind: str, id: str) -> bool:
        """Whether there was such a document."""

        def query(connection: sqlite3.Connection) -> bool:
            statement = "DELETE FROM documents WHERE kind = ? AND id = ? AND expires > ?"
            with connection:
                return connection.execute(statement, (kind, id, self._now())).rowcount > 0

        return await self._database.read(query)
