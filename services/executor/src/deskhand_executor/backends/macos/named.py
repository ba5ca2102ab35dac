"""Choosing one of the calendars or lists of an application by the name that somebody says."""

from __future__ import annotations

from collections.abc import Sequence

from ...errors import NotFound
from ...folding import fold
from ...matching import find
from ...phrasing import listed, one_line, quoted


def choose(asked: str, default: str, names: Sequence[str], noun: str, plural: str) -> str:
    """The one meant by `asked`; without one the default, else the first. `noun` is what people add to a name ("my work
    calendar"). Raises NotFound: a misheard name must not make a new calendar on all of the user's devices."""
    words = [word for word in one_line(asked).split() if fold(word) not in (noun, "my", "the")]
    wanted = " ".join(words) or default
    match = find(wanted, [(name, name) for name in names], partial=False)
    if match.items:
        return match.items[0]
    if not words:
        return names[0]
    raise NotFound(
        f"no {noun} that can be written to is called {quoted(wanted)}; the {plural} are {listed(names)}",
        close=list(match.close),
    )
