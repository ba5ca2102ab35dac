"""Titles of notes, as people give them and leave them out; the words of their texts; which note is meant."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Protocol, TypeVar

from deskhand_contract.tools import AppendNoteContent, CreateNote

from ...call import Call
from ...errors import AmbiguousNote, NoteNotFound, UnusableArgument
from ...letters import verbatim
from ...matching import find
from ...phrasing import listed, one_line, quoted, sentence_case, shorten
from ...writer import Words, Writer

MAX_TITLE_CHARS = 100
MAX_TITLE_WORDS = 7
"""Of a title made from the note's own words."""
MAX_WRITTEN_CHARS = 240
"""What is longer is the text of a note, not what it is about."""
NOTE_TASK = (
    "Write the text of this note for its owner, without the title. If what it is to hold already is the text of a "
    "note, such as a list of things or a fact to remember, give it back unchanged. Use Markdown lists where they help."
)
_NOUN = re.compile(r"(?:^(?:my|the)\s+|\s+(?:notes?|list|file)$)", re.IGNORECASE)
"""What people put around a title: "my shopping list"."""


class Titled(Protocol):
    @property
    def title(self) -> str: ...

    @property
    def described(self) -> str:
        """The title, with the folder that tells it from another of that title."""
        ...


Note = TypeVar("Note", bound=Titled)


def title_for(arguments: CreateNote, call: Call) -> str:
    """The title asked for, else the first words of the text, else the day."""
    content = arguments.content.strip()
    title = one_line(arguments.name) or _title_of(content) or f"Note of {call.now.day} {call.now:%B %Y}"
    return shorten(sentence_case(title), MAX_TITLE_CHARS)


def addition_of(arguments: AppendNoteContent) -> str:
    """What is to be added. Raises UnusableArgument when that is nothing."""
    content = arguments.content.strip()
    if not content:
        raise UnusableArgument(f"there is nothing to add to {quoted(arguments.name)}; say what")
    return content


def the_note(name: str, named: Sequence[tuple[str, Note]]) -> Note:
    """The one meant by `name` among notes by the names that they have. Raises NoteNotFound, AmbiguousNote."""
    match = find(one_line(name), named)
    shorter = _bare_title(one_line(name))
    if not match.items and shorter:
        match = find(shorter, named)
    if len(match.items) == 1:
        return match.items[0]
    if match.items:
        candidates = [note.described for note in match.items]
        raise AmbiguousNote(f"several notes fit {quoted(name)}: {listed(candidates)}; say which one", candidates)
    close = [note.title for note in match.close]
    hint = f"did you mean {listed([quoted(t) for t in close], 'or')}?" if close else "say “make a note” to begin one"
    raise NoteNotFound(f"no note is called {quoted(name)}; {hint}", close=close)


def note_text(writer: Writer, title: str, content: str) -> Words:
    """What a note is to hold, in the words of a language model where the settings name one. What has several lines or
    stands in quotes is the text already."""
    if not content or "\n" in content or len(content) > MAX_WRITTEN_CHARS or verbatim(content):
        return Words(content)
    material = {"Title of the note": title, "What the note is to hold": content}
    return writer.write(NOTE_TASK, material, lambda: content, keep=content)


def _title_of(content: str) -> str:
    """The first few words of a note's text."""
    first = next((line.strip() for line in content.splitlines() if line.strip()), "").lstrip("#-* ")
    words = first.split()
    return " ".join(words[:MAX_TITLE_WORDS]).rstrip(",;:.") + ("…" if len(words) > MAX_TITLE_WORDS else "")


def _bare_title(said: str) -> str:
    """ "my shopping list" -> "shopping"."""
    return _NOUN.sub("", said)
