"""The commands that everything is measured on, and how they are said."""

from __future__ import annotations

import re
from random import Random

from ..data.augment import heldout
from ..data.draft import Example

_PUNCTUATION = re.compile(r"[,;:!?\"“”()]|\.(?=\s|$)")


def choose(split: str, limit: int | None = None) -> list[Example]:
    """Held-out examples; with a limit, always the same random ones, because the files are sorted by kind."""
    examples = heldout(split)
    return examples if limit is None or limit >= len(examples) else Random(0).sample(examples, limit)


def style_of(sentence: str) -> str:
    """dictated: neither capitals nor punctuation; careless: no capitals; typed: the rest."""
    if sentence != sentence.lower():
        return "typed"
    return "careless" if _PUNCTUATION.search(sentence) else "dictated"
