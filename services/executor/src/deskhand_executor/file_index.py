"""The names of the files in the user's folders, in SQLite, as they are now.

A folder's time of change tells whether names in it came or went, so a look-up compares the times of all folders, reads
again only those that differ, and asks SQLite. A watcher (inotify by watchfiles) would save the comparing, tens of
milliseconds for ten thousand folders, but needs a watch per folder where the system allows a few thousand, hears
nothing on network folders, and knows nothing of what happened while Deskhand was not running.

Hidden folders and those that programs make (build folders, caches, environments) are left out, links to folders are
not followed, and what may not be read is skipped.
"""

from __future__ import annotations

import contextlib
import logging
import os
import sqlite3
import threading
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from rapidfuzz import fuzz, process

from .folding import compact

logger = logging.getLogger(__name__)

MAX_FILES = 1_000_000
"""More are not indexed; a root that holds more is no folder of documents."""
SETTLED_NS = 100_000_000
"""A folder written to this recently may be written to again within the same tick of its clock."""
RESEMBLING, RESEMBLING_SCORE = 50, 45.0
"""How many names are looked at more closely for a typing error, and how alike they are at least (0 to 100)."""
FORMAT = 1
_MADE = frozenset({"node_modules", "bower_components", "__pycache__", "site-packages", "DerivedData"})
_MADE_IN_PROJECTS = frozenset({"build", "dist", "target", "out", "vendor"})
_PROJECTS = ".git CMakeLists.txt Cargo.toml Makefile build.gradle go.mod package.json pom.xml pyproject.toml setup.py"
_PROJECT_FILES = frozenset(_PROJECTS.split())
_MARKED = frozenset({"CACHEDIR.TAG", "pyvenv.cfg"})
"""Files that say of their folder that a program made it."""

_SCHEMA = f"""
CREATE TABLE folders (id INTEGER PRIMARY KEY, path BLOB NOT NULL UNIQUE, changed_ns INTEGER, inode INTEGER);
CREATE TABLE files (
    folder INTEGER NOT NULL REFERENCES folders ON DELETE CASCADE, name BLOB NOT NULL, compact TEXT NOT NULL,
    PRIMARY KEY (folder, name)
) WITHOUT ROWID;
PRAGMA user_version = {FORMAT};
"""

_Stamp = tuple[int | None, int | None]
"""Time of change in nanoseconds and inode; the time is None where it cannot be trusted."""


@dataclass(slots=True)
class _Folder:
    id: int
    stamp: _Stamp


class FileIndex:
    """Safe to use from several threads. `database` None keeps it in memory. Paths are given in no order."""

    def __init__(self, roots: Sequence[Path], database: Path | None = None) -> None:
        self._roots = [os.fsencode(root.absolute()) for root in roots]
        self._place = database
        self._lock = threading.Lock()
        self._open_database: sqlite3.Connection | None = None
        self._folders: dict[bytes, _Folder] = {}
        self._count = 0
        self._unreadable = 0

    def refresh(self) -> tuple[int, int]:
        """(files, folders that could not be read), as they are now."""
        with self._lock:
            self._refresh(self._database())
            return self._count, self._unreadable

    def holding(self, words: Iterable[str]) -> list[Path]:
        """The files that have all of these folded words in their names."""
        with self._lock:
            database = self._database()
            self._refresh(database)
            wanted = list(words)
            where = " AND ".join(["instr(compact, ?) > 0"] * len(wanted)) or "TRUE"
            return self._paths(database, where, wanted)

    def resembling(self, text: str) -> list[Path]:
        """The few files whose names look most like a folded text without spaces."""
        with self._lock:
            database = self._database()
            names = [name for (name,) in database.execute("SELECT DISTINCT compact FROM files")]
            alike = process.extract(text, names, scorer=fuzz.ratio, score_cutoff=RESEMBLING_SCORE, limit=RESEMBLING)
            return self._paths(database, f"compact IN ({', '.join('?' * len(alike))})", [name for name, _, _ in alike])

    @staticmethod
    def _paths(database: sqlite3.Connection, where: str, values: Sequence[str]) -> list[Path]:
        query = f"SELECT path, name FROM files JOIN folders ON folders.id = folder WHERE {where}"  # noqa: S608
        return [Path(os.fsdecode(os.path.join(path, name))) for path, name in database.execute(query, values)]

    def close(self) -> None:
        with self._lock:
            if self._open_database is not None:
                self._open_database.close()
                self._open_database = None

    def _database(self) -> sqlite3.Connection:
        if self._open_database is None:
            try:
                self._open_database = _opened(self._place)
            except sqlite3.DatabaseError:
                logger.warning("the index of files was damaged and is made anew")
                _remove(self._place)
                self._open_database = _opened(self._place)
            rows = self._open_database.execute("SELECT path, id, changed_ns, inode FROM folders")
            self._folders = {path: _Folder(row, (changed, inode)) for path, row, changed, inode in rows}
            (self._count,) = self._open_database.execute("SELECT count(*) FROM files").fetchone()
        return self._open_database

    def _refresh(self, database: sqlite3.Connection) -> None:
        settled_ns = time.time_ns() - SETTLED_NS
        changed = [path for path, folder in self._folders.items() if _differs(path, folder)]
        changed += [root for root in self._roots if root not in self._folders and os.path.isdir(root)]
        changed += [path for path in self._folders if not self._in_roots(path)]
        if not changed:
            return
        self._unreadable = 0
        with database:  # one transaction: a crash leaves the index as it was
            pending = sorted(set(changed))
            while pending:
                pending += self._read_folder(database, pending.pop(), settled_ns)
        if self._count >= MAX_FILES:
            logger.warning("there are more files than are indexed", extra={"limit": MAX_FILES})

    def _in_roots(self, path: bytes) -> bool:
        return any(path == root or path.startswith(root.rstrip(b"/") + b"/") for root in self._roots)

    def _read_folder(self, database: sqlite3.Connection, path: bytes, settled_ns: int) -> list[bytes]:
        """Index a folder as it is; gives the folders in it that are not known yet."""
        entries = _entries(path) if self._in_roots(path) else None
        if entries is None:
            self._forget(database, path)
            return []
        self._unreadable += not entries.readable
        changed_ns, inode = entries.stamp
        stamp = (changed_ns if changed_ns is not None and changed_ns < settled_ns else None, inode)
        folder = self._folders.get(path)
        if folder is None:
            cursor = database.execute("INSERT INTO folders (path, changed_ns, inode) VALUES (?, ?, ?)", (path, *stamp))
            folder = self._folders[path] = _Folder(cursor.lastrowid or 0, stamp)
            before: set[bytes] = set()
        else:
            database.execute("UPDATE folders SET changed_ns = ?, inode = ? WHERE id = ?", (*stamp, folder.id))
            folder.stamp = stamp
            before = {name for (name,) in database.execute("SELECT name FROM files WHERE folder = ?", (folder.id,))}
        gone, new = before - entries.files, entries.files - before
        new = set(sorted(new)[: max(MAX_FILES - self._count, 0)])
        database.executemany("DELETE FROM files WHERE folder = ? AND name = ?", ((folder.id, name) for name in gone))
        database.executemany(
            "INSERT INTO files (folder, name, compact) VALUES (?, ?, ?)",
            ((folder.id, name, compact(_readable(name))) for name in new),
        )
        self._count += len(new) - len(gone)
        return [inner for inner in entries.folders if inner not in self._folders]

    def _forget(self, database: sqlite3.Connection, path: bytes) -> None:
        """A folder that is gone, with what was in it."""
        for known in [known for known in self._folders if known == path or known.startswith(path + b"/")]:
            folder = self._folders.pop(known)
            self._count -= database.execute("DELETE FROM files WHERE folder = ?", (folder.id,)).rowcount
            database.execute("DELETE FROM folders WHERE id = ?", (folder.id,))


@dataclass(frozen=True, slots=True)
class _Entries:
    stamp: _Stamp
    readable: bool
    files: frozenset[bytes]
    folders: tuple[bytes, ...]


def _entries(path: bytes) -> _Entries | None:
    """None for a folder that is gone, or is left out."""
    stamp = _stamp(path)  # before reading: a change in between is seen at the next look-up
    if stamp is None:
        return None
    files: list[bytes] = []
    folders: list[bytes] = []
    try:
        with os.scandir(path) as entries:
            for entry in entries:
                with contextlib.suppress(OSError):  # gone again
                    if entry.is_dir(follow_symlinks=False):
                        folders.append(entry.name)
                    elif entry.is_file():
                        files.append(entry.name)
    except FileNotFoundError:
        return None
    except OSError as error:
        logger.debug("a folder cannot be read", extra={"folder": os.fsdecode(path), "why": error.strerror})
        return _Entries(stamp, False, frozenset(), ())
    names = {os.fsdecode(name) for name in (*files, *folders)}
    if _MARKED & names:
        return _Entries(stamp, True, frozenset(), ())
    left_out = _MADE | _MADE_IN_PROJECTS if _PROJECT_FILES & names else _MADE
    return _Entries(
        stamp,
        True,
        frozenset(name for name in files if not name.startswith(b".")),
        tuple(
            os.path.join(path, name)
            for name in folders
            if not name.startswith(b".") and os.fsdecode(name) not in left_out
        ),
    )


def _stamp(path: bytes) -> tuple[int, int] | None:
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_mtime_ns, status.st_ino


def _differs(path: bytes, folder: _Folder) -> bool:
    return folder.stamp[0] is None or _stamp(path) != folder.stamp


def _readable(name: bytes) -> str:
    return name.decode("utf-8", errors="replace")


def _opened(place: Path | None) -> sqlite3.Connection:
    if place is not None:
        place.parent.mkdir(parents=True, exist_ok=True)
        place.touch(mode=0o600, exist_ok=True)
    database = sqlite3.connect(place or ":memory:", check_same_thread=False)
    (version,) = database.execute("PRAGMA user_version").fetchone()
    if version != FORMAT:
        for table in ("files", "folders"):
            database.execute(f"DROP TABLE IF EXISTS {table}")
        database.executescript(_SCHEMA)
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = OFF")  # what a power cut damages is made anew
    return database


def _remove(place: Path | None) -> None:
    for suffix in ("", "-wal", "-shm"):
        if place is not None:
            Path(f"{place}{suffix}").unlink(missing_ok=True)
