"""Notes in the Notes application, which keeps them as HTML."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from deskhand_contract.services import Observation
from deskhand_contract.tools import AppendNoteContent, CreateNote, OpenNote

from ...call import Call
from ...errors import NoteNotFound, ToolUnavailable
from ...folding import fold
from ...matching import find
from ...phrasing import listed, one_line, quoted
from ...storage import Undo, read_undo
from ...writer import Writer
from ..common.notes import addition_of, note_text, the_note, title_for
from .fields import check_undone, exactly, present
from .osascript import Osascript

MAX_KEPT_CHARS = 50_000
"""A longer note is not kept for an undo of what was added to it."""
_BULLET = re.compile(r"\s*[-*•]\s+(?P<text>\S.*)")
_TRASH_NAMES = """
recently deleted, zuletzt gelöscht, supprimés récemment, récemment supprimées, eliminados recientemente,
eliminadas recientemente, borrados recientemente, eliminati di recente, onlangs verwijderd, apagados recentemente
"""
_TRASH = frozenset(fold(name) for name in _TRASH_NAMES.split(","))
"""Notes lists the deleted ones as a folder, and tells it from others by nothing but its name."""
_WHY_NOT = {
    "locked": "is locked",
    "attachments": "has attachments, which Notes loses when a program writes to it",
    "list": "has a list, and Notes loses the ticks of a checklist when a program writes to it",
}


class NoteUndo(Undo):
    id: str
    text: str


class AppendUndo(NoteUndo):
    former: str


@dataclass(frozen=True, slots=True)
class _Note:
    id: str
    title: str
    folder: str

    @property
    def described(self) -> str:
        return f"{quoted(self.title)} in {self.folder}"


@dataclass(frozen=True, slots=True)
class _Folder:
    id: str
    name: str


class MacNotes:
    def __init__(self, osascript: Osascript, writer: Writer) -> None:
        self._osascript = osascript
        self._writer = writer

    def create_note(self, arguments: CreateNote, call: Call) -> Observation:
        content = arguments.content.strip()
        title = title_for(arguments, call)
        folder = self._folder(arguments.folder) if one_line(arguments.folder) else None
        words = note_text(self._writer, title, content)
        body = f"<div><h1>{html.escape(title)}</h1></div>{markup(words.text)}"
        fields = self._osascript.run("notes_create", folder.id if folder else "", body)
        note, given, text = exactly(fields, 3, "Notes")
        name = given or title
        where = f" in the folder {quoted(folder.name)}" if folder else ""
        return Observation(
            output=name,
            text=f"Made the note {quoted(name)}{where}",
            data={"id": note, "title": name, **words.data},
            undo=NoteUndo(label=f"the note {quoted(name)}", id=note, text=text).model_dump() if note else None,
        )

    def undo_create_note(self, undo: dict[str, Any]) -> Observation:
        record = read_undo(NoteUndo, undo)
        check_undone(self._osascript.run("notes_remove", record.id, record.text), record.label, "Notes")
        return Observation(output="", text=f"Removed {record.label}")

    def open_note(self, arguments: OpenNote, call: Call) -> Observation:
        note = self._one(arguments.name, arguments.folder)
        locked, text = exactly(self._osascript.run("notes_open", note.id), 2, "Notes")
        content = _body(text, note.title)
        says = "is locked; unlock it in Notes to read it" if locked == "true" else "is empty"
        return Observation(
            output=content or note.title,
            text=f"The note {quoted(note.title)} " + (f"says:\n\n{content}" if content else says),
            data={"id": note.id, "title": note.title, "opened": True},
        )

    def append_note_content(self, arguments: AppendNoteContent, call: Call) -> Observation:
        content = addition_of(arguments)
        note = self._one(arguments.name, arguments.folder)
        words = note_text(self._writer, note.title, content)
        fields = self._osascript.run("notes_append", note.id, markup(words.text), words.text)
        outcome, former, text = exactly(fields, 3, "Notes")
        if outcome != "added":
            raise ToolUnavailable(
                f"the note {quoted(note.title)} {_WHY_NOT.get(outcome, 'cannot be written to')}; it is open now and "
                "your text is on the clipboard, so press Command-V where it belongs"
            )
        undo = AppendUndo(label=f"the note {quoted(note.title)}", id=note.id, text=text, former=former)
        return Observation(
            output=note.title,
            text=f"Added it to the note {quoted(note.title)}",
            data={"id": note.id, "title": note.title, **words.data},
            undo=undo.model_dump() if text and len(former) + len(text) <= MAX_KEPT_CHARS else None,
        )

    def undo_append_note_content(self, undo: dict[str, Any]) -> Observation:
        record = read_undo(AppendUndo, undo)
        fields = self._osascript.run("notes_restore", record.id, record.text, record.former)
        check_undone(fields, record.label, "Notes")
        return Observation(output="", text=f"Took the text out of {record.label} again")

    def _index(self) -> tuple[list[_Folder], list[_Note]]:
        """All folders and notes but the deleted ones; a note that two folders list is there once."""
        fields = iter(self._osascript.run("notes_index"))
        folders: list[_Folder] = []
        notes: dict[str, _Note] = {}
        for folder in fields:
            name, count = next(fields, ""), int(next(fields, "0"))
            ids = [next(fields, "") for _ in range(count)]
            titles = [present(next(fields, "")) for _ in range(count)]
            if fold(name) in _TRASH:
                continue
            folders.append(_Folder(folder, name))
            for note, title in zip(ids, titles, strict=True):
                notes.setdefault(note, _Note(note, title, name))
        return folders, list(notes.values())

    def _folder(self, asked: str) -> _Folder:
        folders, _ = self._index()
        return _find_folder(asked, folders)

    def _one(self, name: str, folder: str) -> _Note:
        """Raises NoteNotFound, AmbiguousNote."""
        folders, notes = self._index()
        if one_line(folder):
            wanted = _find_folder(folder, folders)
            notes = [note for note in notes if note.folder == wanted.name]
        return the_note(name, [(note.title, note) for note in notes])


def markup(text: str) -> str:
    """A text as Notes' HTML: a block a line, lists of the lines that have bullets; nothing of it is markup itself."""
    return "".join(_blocks(text.replace("\r\n", "\n").split("\n"))) if text else ""


def _blocks(lines: Sequence[str]) -> Iterator[str]:
    items: list[str] = []
    for line in [*lines, None]:
        bullet = _BULLET.fullmatch(line) if line is not None else None
        if bullet:
            items.append(f"<li>{html.escape(bullet['text'])}</li>")
            continue
        if items:
            yield f"<ul>{''.join(items)}</ul>"
            items = []
        if line is not None:
            yield f"<div>{html.escape(line)}</div>" if line.strip() else "<div><br></div>"


def _find_folder(asked: str, folders: Sequence[_Folder]) -> _Folder:
    match = find(one_line(asked), [(folder.name, folder) for folder in folders], partial=False)
    if match.items:
        return match.items[0]
    names = list(dict.fromkeys(folder.name for folder in folders))
    hint = f"there are {listed(names)}" if names else "there are no folders"
    raise NoteNotFound(f"no folder of notes is called {quoted(asked)}; {hint}")


def _body(text: str, title: str) -> str:
    """Without the first line, which is the title."""
    first, _, rest = text.replace("\r\n", "\n").replace("\r", "\n").strip().partition("\n")
    return rest.strip() if one_line(first) == one_line(title) else f"{first}\n{rest}".strip()
