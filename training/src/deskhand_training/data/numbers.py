"""Numbers and durations, in digits and in words."""

from __future__ import annotations

import re
from functools import lru_cache
from random import Random

from deskhand_contract.compact import split_units
from deskhand_dates import DateError, parse_duration

UNITS = tuple(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "  # noqa: SIM905
    "seventeen eighteen nineteen".split()
)
_TENS = ("", "", "twenty", "thirty", "forty", "fifty")
_ORDINALS = tuple(
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth "  # noqa: SIM905
    "fifteenth sixteenth seventeenth eighteenth nineteenth".split()
)
_OUTSIDE = frozenset(
    "for about around roughly like lasting approximately long total please each meeting or so".split()  # noqa: SIM905
)
"""What deskhand_dates forgives around a duration, but no span has."""
_MINUTES = (5, 10, 15, 15, 20, 25, 30, 30, 30, 40, 45, 45, 50, 60, 60, 75, 90, 90, 120, 120, 150, 180, 35, 55, 240)


def number_words(n: int, hyphen: bool = False) -> str:
    """0 to 59 in words."""
    if n < 20:
        return UNITS[n]
    tens, unit = divmod(n, 10)
    return _TENS[tens] + (("-" if hyphen else " ") + UNITS[unit] if unit else "")


def ordinal(n: int) -> str:
    """1 -> "1st"."""
    suffix = "th" if 10 <= n % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(n % 10, "th")
    return f"{n}{suffix}"


def ordinal_words(n: int) -> str:
    """1 to 31: "thirty first"."""
    if n < 20:
        return _ORDINALS[n - 1]
    tens, unit = divmod(n, 10)
    return f"{_TENS[tens]} {_ORDINALS[unit - 1]}" if unit else {20: "twentieth", 30: "thirtieth"}[n]


@lru_cache(maxsize=8192)
def duration_minutes(text: str) -> int | None:
    """Minutes, or None for what is no duration in words or with a unit."""
    try:
        return parse_duration(text) if re.search(r"[^\W\d]", text) else None
    except DateError:
        return None


def find_duration(sentence: str, minutes: int) -> str | None:
    """The longest run of words in the sentence that says so many minutes."""
    units = split_units(sentence)
    best = ""
    for first in range(len(units)):
        for last in range(first, min(first + 9, len(units))):
            words = sentence[units[first][0] : units[last][1]]
            if len(words) <= len(best) or not (words[0].isalnum() and words[-1].isalnum()):
                continue
            said = re.findall(r"\w+", words.casefold())
            ends = {said[0], said[-1]}
            if not ends & _OUTSIDE and duration_minutes(words) == minutes:
                best = words
    return best or None


def draw_duration(rng: Random, spoken: bool, adjective: bool = False) -> str:
    """ "half an hour", "45 min"; as an adjective before a noun: "half-hour", "45-minute", "two hour"."""
    minutes = rng.choice(_MINUTES) if rng.random() < 0.92 else rng.randint(3, 59)
    words = spoken or rng.random() < 0.3
    options = _adjectives(rng, minutes, spoken, words) if adjective else _nouns(minutes, spoken, words)
    return rng.choice(options)


def _adjectives(rng: Random, minutes: int, spoken: bool, words: bool) -> list[str]:
    joint = " " if spoken else rng.choice("-- ")
    hours, rest = divmod(minutes, 60)
    count = number_words(rest, hyphen=not spoken) if words else str(rest)
    if minutes == 30:
        return [f"half{joint}hour", f"half{joint}hour", f"{count}{joint}minute"]
    if rest == 0:
        return [f"{number_words(hours) if words else hours}{joint}hour"]
    if hours == 0:
        return [f"{count}{joint}minute"] * 3 + ([] if spoken else [f"{count}{joint}min"])
    if words and rest == 30:
        return [f"{number_words(hours)} and a half hour"]
    return [f"{minutes}{joint}minute"] if minutes > 59 and not words else [f"{number_words(hours)}{joint}hour"]


_SPECIAL = {
    15: ["a quarter of an hour", "quarter of an hour"],
    30: ["half an hour", "half an hour", "half an hour", "a half hour", "half hour"],
    45: ["three quarters of an hour"],
    60: ["an hour", "an hour", "one hour"],
    75: ["an hour and a quarter"],
    90: ["an hour and a half", "an hour and a half", "one and a half hours"],
    120: ["a couple of hours"],
}


def _nouns(minutes: int, spoken: bool, words: bool) -> list[str]:
    hours, rest = divmod(minutes, 60)
    count = number_words(rest, hyphen=not spoken) if words else str(rest)
    options = list(_SPECIAL.get(minutes, ()))
    if hours == 0:
        options += [f"{count} minutes"] * 2
        return options if words else [*options, f"{rest} min", f"{rest} mins", f"{rest}min", f"{rest}m"]
    if rest == 0:
        plural = "s" if hours > 1 else ""
        if words:
            return [*options, f"{number_words(hours)} hour{plural}"]
        return [
            *options,
            f"{hours}h",
            f"{hours} hr{plural}",
            f"{hours} hour{plural}",
            f"{minutes} minutes",
            f"{minutes} min",
        ]
    lead = "an hour" if hours == 1 else f"{number_words(hours)} hours"
    options.append(f"{lead} and {number_words(rest, hyphen=not spoken)} minutes")
    if rest == 30 and hours > 1:
        options += [f"{number_words(hours)} and a half hours", f"{number_words(hours)} hours and a half"]
    if not words:
        options += [
            f"{minutes} minutes",
            f"{minutes} min",
            f"{hours}h{rest}",
            f"{hours}h {rest}m",
            f"{hours} hr {rest} min",
        ]
        if rest == 30:
            options += [f"{hours}.5 hours", f"{hours}.5h", f"{hours}.5 hrs"]
    return options
