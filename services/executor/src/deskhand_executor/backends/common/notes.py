"""Titles of notes, as people give them and leave them out, and the words of their texts."""

from __future__ import annotations

import re

from ...letters import verbatim
from ...writer import Words, Writer

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


def title_of(content: str) -> str:
    """The first few words of a note's text."""
    first = next((line.strip() for line in content.splitlines() if line.strip()), "").lstrip("#-* ")
    words = first.split()
    return " ".join(words[:MAX_TITLE_WORDS]).rstrip(",;:.") + ("…" if len(words) > MAX_TITLE_WORDS else "")


def bare_title(said: str) -> str:
    """ "my shopping list" -> "shopping"."""
    return _NOUN.sub("", said)


def note_text(writer: Writer, title: str, content: str) -> Words:
    """What a note is to hold, in the words of a language model where the settings name one. What has several lines or
    stands in quotes is the text already."""
    if not content or "\n" in content or len(content) > MAX_WRITTEN_CHARS or verbatim(content):
        return Words(content)
    material = {"Title of the note": title, "What the note is to hold": content}
    return writer.write(NOTE_TASK, material, lambda: content, keep=content)
