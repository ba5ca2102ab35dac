"""What effects were begun and which are done: so that a node is carried out once, whatever crashes.

A row is written before an effect and completed after it. A row that a former process left incomplete means that nobody
knows; the node is refused then, not repeated.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from contextlib import closing
from pathlib import Path

from deskhand_contract.services import Observation

KEPT_S = 30 * 24 * 3600.0

_SCHEMA = """
CREATE TABLE IF NOT EXISTS effects (
    run TEXT NOT NULL,
    node INTEGER NOT NULL,
    request TEXT NOT NULL,
    begun_s REAL NOT NULL,
    observation TEXT,
    PRIMARY KEY (run, node)
) WITHOUT ROWID
"""


class Journal:
    """SQLite in a file of the home. Safe to use from several threads; every method blocks."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600, exist_ok=True)
        self._lock = threading.Lock()
        self._database = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        with self._lock:
            self._database.execute("PRAGMA journal_mode=WAL")
            self._database.execute("PRAGMA synchronous=NORMAL")
            self._database.execute(_SCHEMA)
            self._database.execute("DELETE FROM effects WHERE begun_s < ?", (time.time() - KEPT_S,))

    def begin(self, run: str, node: int, request: str) -> tuple[str, Observation | None] | None:
        """None when the effect is new, and now begun. Else the earlier request and its observation, None where that
        never came."""
        with self._lock, closing(self._database.cursor()) as cursor:
            cursor.execute(
                "INSERT OR IGNORE INTO effects (run, node, request, begun_s) VALUES (?, ?, ?, ?)",
                (run, node, request, time.time()),
            )
            if cursor.rowcount == 1:
                return None
            earlier, observation = cursor.execute(
                "SELECT request, observation FROM effects WHERE run = ? AND node = ?", (run, node)
            ).fetchone()
        return earlier, Observation.model_validate_json(observation) if observation is not None else None

    def finish(self, run: str, node: int, observation: Observation) -> None:
        self._write(
            "UPDATE effects SET observation = ? WHERE run = ? AND node = ?", observation.model_dump_json(), run, node
        )

    def forget(self, run: str, node: int) -> None:
        """It failed without an effect: it may be tried again."""
        self._write("DELETE FROM effects WHERE run = ? AND node = ?", run, node)

    def close(self) -> None:
        with self._lock:
            self._database.close()

    def _write(self, statement: str, *values: str | int) -> None:
        with self._lock:
            self._database.execute(statement, values)
