"""The thread behind which SQLite works."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

from deskhand_gateway.runs.database import Database

from .conftest import WAIT_S


async def test_what_is_written_is_kept_when_whoever_waits_for_it_is_cancelled(tmp_path: Path) -> None:
    database = Database(tmp_path / "test.sqlite3", "CREATE TABLE words (word TEXT)", 1)
    await database.open()
    busy, go_on = threading.Event(), threading.Event()

    def hold(_: object) -> None:
        busy.set()
        go_on.wait(WAIT_S)

    holding = asyncio.create_task(database.read(hold))
    await asyncio.to_thread(busy.wait, WAIT_S)
    database.write("INSERT INTO words VALUES (?)", "kept")
    committing = asyncio.create_task(database.commit())
    await asyncio.sleep(0)  # it has begun, and waits for the thread
    committing.cancel()
    await asyncio.wait([committing])
    go_on.set()
    await holding
    words = await database.read(lambda connection: [word for (word,) in connection.execute("SELECT word FROM words")])
    await database.close()
    assert words == ["kept"]
