"""Notes as Markdown files in folders; the title is the first heading, or the file's name."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deskhand_contract.services import Observation
from deskhand_contract.tools import AppendNoteContent, CreateNote, OpenNote

from ...call import Call
from ...desktop import Open
from ...errors import NoteNotFound
from ...folding import fold
from ...matching import find
from ...note_titles import FRONT_MATTER, HEADING, TitleReader, Titles
from ...phrasing import listed, one_line, quoted
from ...storage import (
    AppendedText,
    CreatedFiles,
    cut_appended,
    digest,
    read_undo,
    remove_created,
    safe_name,
    within,
    write_atomically,
)
from ...writer import Words, Writer
from ..common.notes import addition_of, note_text, the_note, title_for

_SUFFIXES = (".md", ".markdown", ".txt")
_BULLET = re.compile(r"(\s*)([-*+])( \[[ xX]\])?\s+\S")


@dataclass(frozen=True, slots=True)
class _Note:
    titles: Titles
    path: Path
    folder: str

    @property
    def title(self) -> str:
        return self.titles.title

    @property
    def described(self) -> str:
        return f"{quoted(self.title)} in {self.folder}" if self.folder else quoted(self.title)


class Notes:
    def __init__(self, root: Path, open: Open, writer: Writer) -> None:
        self._root = root
        self._open = open
        self._writer = writer
        self._titles = TitleReader()

    def create_note(self, arguments: CreateNote, call: Call) -> Observation:
        content = arguments.content.strip()
        asked = title_for(arguments, call)
        folder, made = self._folder(arguments.folder)
        taken = {fold(note.title) for note in self._notes() if note.path.parent == folder}
        title, path = _free(asked, folder, taken)
        words = note_text(self._writer, title, content)
        write_atomically(path, f"# {title}\n".encode() + (f"\n{words.text}\n".encode() if words.text else b""))
        text = f"Made the note {quoted(title)}"
        if arguments.folder.strip():
            text += f" in the {'new ' if made else ''}folder {quoted(folder.name)}"
        if title != asked:
            text += f", because there already is one called {quoted(asked)}"
        undo = CreatedFiles.of(f"the note {quoted(title)}", path)
        return Observation(
            output=title,
            text=text,
            data={"path": str(path), "title": title, **words.data},
            undo=undo.model_dump(mode="json"),
        )

    def undo_create_note(self, undo: dict[str, Any]) -> Observation:
        record = read_undo(CreatedFiles, undo)
        remove_created(record, self._root)
        return Observation(output="", text=f"Removed {record.label}")

    def open_note(self, arguments: OpenNote, call: Call) -> Observation:
        note = self._one(arguments.name, arguments.folder)
        content = _body(_text(note.path), note.title)
        shown = self._open(str(note.path))
        text = f"The note {quoted(note.title)} " + (f"says:\n\n{content}" if content else "is empty")
        return Observation(
            output=content or note.title,
            text=text,
            data={"path": str(note.path), "title": note.title, "opened": shown},
        )

    def append_note_content(self, arguments: AppendNoteContent, call: Call) -> Observation:
        content = addition_of(arguments)
        note = self._one(arguments.name, arguments.folder)
        before = note.path.read_bytes()
        text = before.decode("utf-8", errors="replace")
        words = Words(content) if _ends_in_list(text) else note_text(self._writer, note.title, content)
        after = before + _addition(text, words.text).encode()
        write_atomically(note.path, after, replace=True)
        undo = AppendedText(
            label=f"the note {quoted(note.title)}", path=note.path, size=len(before), sha256=digest(after)
        )
        return Observation(
            output=note.title,
            text=f"Added it to the note {quoted(note.title)}",
            data={"path": str(note.path), "title": note.title, **words.data},
            undo=undo.model_dump(mode="json"),
        )

    def undo_append_note_content(self, undo: dict[str, Any]) -> Observation:
        record = read_undo(AppendedText, undo)
        cut_appended(record, self._root)
        return Observation(output="", text=f"Took the text out of {record.label} again")

    def _folder(self, name: str) -> tuple[Path, bool]:
        """The folder of that name; a new one when there is none."""
        wanted = one_line(name)
        if not wanted:
            return self._root, False
        match = find(wanted, [(folder.name, folder) for folder in self._folders()], partial=False)
        if match.items:
            return match.items[0], False
        return self._root / safe_name(wanted, "Notes"), True

    def _folders(self) -> list[Path]:
        if not self._root.is_dir():
            return []
        found = (path for path in self._root.rglob("*") if path.is_dir() and within(path, [self._root]))
        return sorted(path for path in found if not _hidden(path, self._root))

    def _notes(self) -> list[_Note]:
        if not self._root.is_dir():
            return []
        return [
            _Note(self._titles.read(path), path, "" if path.parent == self._root else path.parent.name)
            for path in sorted(self._root.rglob("*"))
            if path.suffix.casefold() in _SUFFIXES
            and path.is_file()
            and not _hidden(path, self._root)
            and within(path, [self._root])
        ]

    def _one(self, name: str, folder: str) -> _Note:
        """Raises NoteNotFound, AmbiguousNote."""
        notes = self._notes()
        if one_line(folder):
            wanted, made = self._folder(folder)
            if made:
                names = [path.name for path in self._folders()]
                hint = f"there are {listed(names)}" if names else "there are no folders yet"
                raise NoteNotFound(f"no folder of notes is called {quoted(folder)}; {hint}")
            notes = [note for note in notes if wanted in note.path.parents]
        named = [(label, note) for note in notes for label in note.titles.labels]
        return the_note(name, named)


def _hidden(path: Path, root: Path) -> bool:
    return any(part.startswith(".") for part in path.relative_to(root).parts)


def _free(title: str, folder: Path, taken: set[str]) -> tuple[str, Path]:
    """The title, with a number behind it when there already is such a note."""
    number = 1
    while True:
        name = title if number == 1 else f"{title} {number}"
        path = folder / f"{safe_name(name, 'Note')}.md"
        if fold(name) not in taken and not path.exists():
            return name, path
        if not fold(name) and not path.exists():  # signs only: nothing to compare
            return name, path
        number += 1


def _text(path: Path) -> str:
    return path.read_bytes().decode("utf-8-sig", errors="replace").replace("\r\n", "\n")


def _body(text: str, title: str) -> str:
    """Without front matter and without the heading that is the title."""
    text = FRONT_MATTER.sub("", text).strip()
    first, _, rest = text.partition("\n")
    heading = HEADING.fullmatch(first.strip())
    return rest.strip() if heading and heading[1] == title else text


def _addition(text: str, content: str) -> str:
    """What to write behind the text: a further item where it ends in a list, else a paragraph."""
    start = "" if not text or text.endswith("\n") else "\n"
    last = _last_line(text)
    bullet = _BULLET.match(last)
    if bullet and "\n" not in content:
        box = " [ ]" if bullet[3] else ""
        return f"{start}{bullet[1]}{bullet[2]}{box} {content}\n"
    gap = "\n" if last and not text.endswith("\n\n") else ""
    return f"{start}{gap}{content}\n"


def _last_line(text: str) -> str:
    return next((line for line in reversed(text.splitlines()) if line.strip()), "")


def _ends_in_list(text: str) -> bool:
    return bool(_BULLET.match(_last_line(text)))
