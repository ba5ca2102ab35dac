"""Words for the user: lists, quotes, days and times."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime

MAX_QUOTED_CHARS = 80
_FIRST_WORD = re.compile(r"[^\W\d_]+")


def listed(items: Sequence[str], word: str = "and") -> str:
    """a; a and b; a, b and c."""
    *others, last = items
    return f"{', '.join(others)} {word} {last}" if others else last


def one_line(text: str) -> str:
    """Every run of white space, line ends included, as one space; without control characters."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def shorten(text: str, limit: int = MAX_QUOTED_CHARS) -> str:
    """One line of at most `limit` characters, cut between words."""
    text = one_line(text)
    if len(text) <= limit:
        return text
    cut = text[: limit - 1]
    head, space, _ = cut.rpartition(" ")
    return f"{head if space and len(head) > limit // 2 else cut}…"


def quoted(text: str) -> str:
    return f"“{shorten(text)}”"


def sentence_case(text: str) -> str:
    """With a capital first letter, unless the word has one elsewhere ("iPhone")."""
    word = _FIRST_WORD.match(text)
    return text[0].upper() + text[1:] if word and word[0].islower() else text


def spoken_day(day: date, now: datetime) -> str:
    """ "today", "Thursday 12 March", "Monday 4 January 2027"."""
    if day == now.date():
        return "today"
    year = f" {day.year}" if day.year != now.year else ""
    return f"{day:%A} {day.day} {day:%B}{year}"


def spoken_moment(moment: date, now: datetime) -> str:
    """With the clock time where there is one: "Thursday 12 March at 12:00"."""
    day = spoken_day(moment.date() if isinstance(moment, datetime) else moment, now)
    return f"{day} at {moment:%H:%M}" if isinstance(moment, datetime) else day


def on_moment(moment: date, now: datetime) -> str:
    """As an adverbial: "today at 15:00", "on Thursday 12 March at 12:00"."""
    spoken = spoken_moment(moment, now)
    return spoken if spoken.startswith("today") else f"on {spoken}"


def spoken_span(start: date, end: date, now: datetime) -> str:
    """From start to end, both included where they are days."""
    if not isinstance(start, datetime) or not isinstance(end, datetime):
        return on_moment(start, now) if start == end else f"from {spoken_day(start, now)} to {spoken_day(end, now)}"
    if start.date() == end.date():
        day = spoken_day(start.date(), now)
        return f"{day if day == 'today' else f'on {day}'} from {start:%H:%M} to {end:%H:%M}"
    return f"from {spoken_moment(start, now)} to {spoken_moment(end, now)}"


def spoken_minutes(minutes: int) -> str:
    """ "45 minutes", "an hour", "1 h 30 min"."""
    hours, rest = divmod(minutes, 60)
    if not hours:
        return f"{rest} minutes" if rest != 1 else "a minute"
    if not rest:
        return f"{hours} hours" if hours != 1 else "an hour"
    return f"{hours} h {rest} min"
