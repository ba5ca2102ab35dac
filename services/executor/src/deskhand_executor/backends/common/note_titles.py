"""Titles of notes, as people give them and leave them out."""

from __future__ import annotations

import re

MAX_TITLE_WORDS = 7
"""Of a title made from the note's own words."""
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
