"""What the gateway remembers between two requests."""

from __future__ import annotations

import sqlite3
import stat
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from deskhand_gateway.store import Store


class Time:
    now = 1000.0


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    Time.now = 1000.0
    store = Store(tmp_path / "home" / "kept.sqlite3", lambda: Time.now)
    await store.open()
    yield store
    await store.close()


async def test_documents_are_kept_by_kind_and_id_and_replaced(store: Store) -> None:
    await store.put("a", "1", b"x", 60)
    await store.put("b", "1", b"y", 60)
    await store.put("a", "1", b"z", 60)
    assert [await store.get(kind, "1") for kind in "abc"] == [b"z", b"y", None]
    assert [await store.delete("a", "1"), await store.delete("a", "1"), await store.get("a", "1")] == [
        True,
        False,
        None,
    ]


async def test_what_has_expired_is_gone_from_the_file_with_the_next_one(store: Store, tmp_path: Path) -> None:
    await store.put("a", "1", b"secret", 60)
    Time.now += 60
    assert await store.get("a", "1") is None
    assert not await store.delete("a", "1")
    await store.put("a", "2", b"x", 60)
    with sqlite3.connect(tmp_path / "home" / "kept.sqlite3") as connection:
        assert connection.execute("SELECT id FROM documents").fetchall() == [("2",)]
    connection.close()


async def test_it_survives_being_closed_and_is_the_owners_only(tmp_path: Path) -> None:
    path = tmp_path / "home" / "kept.sqlite3"
    for put in (True, False):
        store = Store(path, lambda: Time.now)
        await store.open()
        if put:
            await store.put("a", "1", b"x", 60)
        assert {stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()} == {0o600}
        assert await store.get("a", "1") == b"x"
        await store.close()
