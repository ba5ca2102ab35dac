"""SQLite behind one thread, so that the event loop never waits for a disk that nobody has to wait for.

What is written within a few milliseconds goes into one transaction, unless somebody waits for it. Write-ahead log with
synchronous=NORMAL: when the process dies, nothing that was committed is lost; when the power goes, the last
transactions may be, and never half of one. What was still being gathered goes with the process; that is never an
effect, because an effect waits for its commit.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

from deskhand_contract.errors import WireError
from deskhand_serving.errors import ServingError

logger = logging.getLogger(__name__)

GATHER_S = 0.01
"""For every transaction the worker thread takes turns with the event loop; a run is told in a few, not in twenty."""

Result = TypeVar("Result")
Statement = tuple[str, Sequence[Any]]


class JournalUnavailable(ServingError):
    """The file cannot be read or written: `journal_unavailable`, 503."""

    def __init__(self, path: Path, why: str) -> None:
        message = f"{path.name} in the home cannot be used ({why}), so nothing was done"
        super().__init__(WireError(code="journal_unavailable", message=message), 503)


class Database:
    """Belongs to one event loop. `schema` is run once; `version` is the schema's."""

    def __init__(self, path: Path, schema: str, version: int) -> None:
        self._path = path
        self._schema = schema
        self._version = version
        self._worker = ThreadPoolExecutor(1, "journal")
        self._connection: sqlite3.Connection | None = None
        self._batch: list[Statement] = []

    async def open(self) -> None:
        """Raises JournalUnavailable."""
        await self._in_worker(self._open)

    async def close(self) -> None:
        """Writes what is left."""
        self._flush()
        await self._in_worker(self._close)
        self._worker.shutdown(wait=False)

    def write(self, statement: str, *values: Any) -> None:
        """Queue a statement. It is committed within GATHER_S; a failure is logged."""
        if not self._batch:
            asyncio.get_running_loop().call_later(GATHER_S, self._flush)
        self._batch.append((statement, values))

    async def commit(self) -> None:
        """Wait until everything written so far is committed. Raises JournalUnavailable."""
        batch, self._batch = self._batch, []
        await self._in_worker(lambda: self._transact(batch))

    async def read(self, query: Callable[[sqlite3.Connection], Result]) -> Result:
        """The result of a query in the worker, which sees everything written so far. Raises JournalUnavailable."""
        self._flush()
        return await self._in_worker(lambda: query(self._connected()))

    def _flush(self) -> None:
        batch, self._batch = self._batch, []
        if batch:
            future = asyncio.get_running_loop().run_in_executor(self._worker, self._transact, batch)
            future.add_done_callback(_report)

    async def _in_worker(self, work: Callable[[], Result]) -> Result:
        try:  # shielded: what a cancelled caller waited for is written nevertheless
            return await asyncio.shield(asyncio.get_running_loop().run_in_executor(self._worker, work))
        except (sqlite3.Error, OSError) as error:
            raise JournalUnavailable(self._path, str(error)) from error

    def _open(self) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._path.touch(mode=0o600)
        self._path.chmod(0o600)
        connection = sqlite3.connect(self._path, check_same_thread=False)
        connection.row_factory = sqlite3.Row
        (found,) = connection.execute("PRAGMA user_version").fetchone()
        if found not in (0, self._version):
            connection.close()
            raise sqlite3.DatabaseError(f"it is of version {found}, and this Deskhand reads version {self._version}")
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.execute("PRAGMA foreign_keys=ON")
        connection.executescript(self._schema)
        connection.execute(f"PRAGMA user_version={self._version}")
        self._connection = connection

    def _close(self) -> None:
        if self._connection:
            self._connection.close()

    def _connected(self) -> sqlite3.Connection:
        if self._connection is None:
            raise sqlite3.ProgrammingError("it is not open")
        return self._connection

    def _transact(self, batch: Sequence[Statement]) -> None:
        with self._connected() as connection:
            for statement, values in batch:
                connection.execute(statement, values)


def _report(done: asyncio.Future[None]) -> None:
    if not done.cancelled() and (error := done.exception()):
        logger.error("the journal was not written", exc_info=error)
