"""Collections of iCalendar files as khal and todoman keep them: a folder each, one component a file, with the files
`displayname` and `color` beside them (vdir)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from icalendar import Calendar, Component

from .folding import fold
from .matching import find
from .phrasing import one_line
from .storage import safe_name, write_atomically

PRODID = "-//Deskhand//executor//EN"
_COLORS = ("#3B6EA5", "#4C956C", "#B3541E", "#7B4B94", "#A63D40", "#2A7F8E")


@dataclass(frozen=True, slots=True)
class Collection:
    name: str
    folder: Path

    def write(self, *components: Component) -> Path:
        """A new file with these components in one VCALENDAR, named by the last one's UID."""
        calendar = Calendar()
        calendar.add("prodid", PRODID)
        calendar.add("version", "2.0")
        for component in components:
            calendar.add_component(component)
        path = self.folder / f"{components[-1]['uid']}.ics"
        write_atomically(path, calendar.to_ical())
        return path


def new_uid() -> str:
    return str(uuid4())


def collections(root: Path) -> list[Collection]:
    """The collections under a folder, by name; or the folder itself where the items lie in it."""
    if not root.is_dir():
        return []
    if any(root.glob("*.ics")):
        return [Collection(_display_name(root), root)]
    folders = sorted(path for path in root.iterdir() if path.is_dir() and not path.name.startswith("."))
    return [Collection(_display_name(folder), folder) for folder in folders]


def open_collection(root: Path, name: str, default: str, noun: str) -> tuple[Collection, bool]:
    """The collection of that name, made when there is none; without a name the default one, or the only one there is.
    `noun` is what people add to the name ("my work calendar"). The flag says whether it was made."""
    existing = collections(root)
    wanted = one_line(name)
    words = [word for word in wanted.split() if fold(word) not in (noun, "my", "the")]
    wanted = " ".join(words) or default
    named = [(label, item) for item in existing for label in {item.name, item.folder.name}]
    match = find(wanted, named, partial=False)
    if match.items:
        return match.items[0], False
    if not words and len(existing) == 1:
        return existing[0], False
    return _make(root, wanted, len(existing)), True


def _make(root: Path, name: str, number: int) -> Collection:
    base = safe_name(fold(name).replace(" ", "-"), "collection")
    folder, copy = root / base, 2
    while folder.exists():
        folder, copy = root / f"{base}-{copy}", copy + 1
    folder.mkdir(parents=True)
    write_atomically(folder / "displayname", f"{name}\n".encode())
    write_atomically(folder / "color", f"{_COLORS[number % len(_COLORS)]}\n".encode())
    return Collection(name, folder)


def _display_name(folder: Path) -> str:
    try:
        return one_line((folder / "displayname").read_text(encoding="utf-8", errors="replace")) or folder.name
    except OSError:
        return folder.name
