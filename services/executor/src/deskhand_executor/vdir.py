"""Collections of iCalendar files as khal and todoman keep them: a folder each, one component a file, with the files
`displayname` and `color` beside them (vdir)."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from uuid import uuid4

from icalendar import Calendar, Component

from .errors import AmbiguousCollection, CollectionNotFound, CollectionReadOnly
from .folding import fold
from .matching import find
from .phrasing import listed, one_line, quoted
from .storage import safe_name, write_atomically

PRODID = "-//Deskhand//executor//EN"
_COLORS = ("#3B6EA5", "#4C956C", "#B3541E", "#7B4B94", "#A63D40", "#2A7F8E")


@dataclass(frozen=True, slots=True)
class Collection:
    name: str
    folder: Path
    writable: bool = True

    def write(self, *components: Component) -> Path:
        """A new file with these components in one VCALENDAR, named by the last one's UID."""
        path = self.folder / f"{components[-1]['uid']}.ics"
        write_atomically(path, calendar_of(*components).to_ical())
        return path


def calendar_of(*components: Component) -> Calendar:
    calendar = Calendar()
    calendar.add("prodid", PRODID)
    calendar.add("version", "2.0")
    for component in components:
        calendar.add_component(component)
    return calendar


def new_uid() -> str:
    return str(uuid4())


class Collections(Protocol):
    """The user's calendars or lists."""

    def read(self) -> tuple[list[Collection], str]:
        """As they are now, and the name of the default one; "" where none is."""
        ...

    def make(self, name: str, number: int) -> Collection:
        """A new one, the `number`-th. Raises CollectionNotFound where none can be made."""
        ...


@dataclass(frozen=True, slots=True)
class FolderCollections:
    """The collections in one folder, or the folder itself where the items lie in it."""

    root: Path
    default: str

    def read(self) -> tuple[list[Collection], str]:
        return collections(self.root), self.default

    def make(self, name: str, number: int) -> Collection:
        base = safe_name(fold(name).replace(" ", "-"), "collection")
        folder, copy = self.root / base, 2
        while folder.exists():
            folder, copy = self.root / f"{base}-{copy}", copy + 1
        folder.mkdir(parents=True)
        write_atomically(folder / "displayname", f"{name}\n".encode())
        write_atomically(folder / "color", f"{_COLORS[number % len(_COLORS)]}\n".encode())
        return Collection(name, folder)


@dataclass(frozen=True, slots=True)
class ConfiguredCollections:
    """The collections that another program's config names (client_configs). None is made: that is the program's."""

    program: str
    of_config: Callable[[], tuple[list[Collection], str]]

    def read(self) -> tuple[list[Collection], str]:
        return self.of_config()

    def make(self, name: str, number: int) -> Collection:
        there = [quoted(collection.name) for collection in self.read()[0]]
        hint = f"it has {listed(there)}" if there else "it has none yet"
        raise CollectionNotFound(f"{self.program}'s config has nothing called {quoted(name)}; {hint}")


def collection_at(folder: Path, name: str = "", readonly: bool = False) -> Collection:
    """`name` is what another program calls it; else `displayname` tells, else the folder's own name."""
    return Collection(name or _display_name(folder), folder, not readonly and os.access(folder, os.W_OK))


def collections(root: Path) -> list[Collection]:
    if not root.is_dir():
        return []
    if any(root.glob("*.ics")):
        return [collection_at(root)]
    return [collection_at(path) for path in sorted(root.iterdir()) if path.is_dir() and not path.name.startswith(".")]


def open_collection(source: Collections, name: str, noun: str) -> tuple[Collection, bool]:
    """The writable collection that is meant by `name`, made when there is none; without a name the default one, or the
    only one there is. `noun` is what people add to the name ("my work calendar"). The flag says whether it was made.

    Raises AmbiguousCollection, CollectionReadOnly, CollectionNotFound."""
    existing, default = source.read()
    words = [word for word in one_line(name).split() if fold(word) not in (noun, f"{noun}s", "my", "our", "the")]
    wanted = " ".join(words) or default
    found = _named(wanted, existing) if wanted else ()
    if words and len(found) > 1:
        candidates = [f"{quoted(item.name)} in {item.folder.parent}" for item in found]
        raise AmbiguousCollection(f"several fit {quoted(name)}: {listed(candidates)}; say which one", candidates)
    if found:
        return _checked(found[0], noun), False
    if not words:
        writable = [item for item in existing if item.writable]
        if len(writable) == 1 or (writable and not default):
            return writable[0], False
        if existing and not writable:
            return _checked(existing[0], noun), False
    return source.make(wanted or noun.capitalize(), len(existing)), True


def _named(wanted: str, existing: Sequence[Collection]) -> tuple[Collection, ...]:
    """Those that can be written to come first: nobody puts anything into the others."""
    pairs = [(label, item) for item in existing for label in {item.name, item.folder.name}]
    found = find(wanted, pairs).items
    return tuple(item for item in found if item.writable) or found


def _checked(collection: Collection, noun: str) -> Collection:
    if not collection.writable:
        raise CollectionReadOnly(f"the {noun} {quoted(collection.name)} is read-only; name another {noun}")
    return collection


def _display_name(folder: Path) -> str:
    try:
        return one_line((folder / "displayname").read_text(encoding="utf-8", errors="replace")) or folder.name
    except OSError:
        return folder.name
