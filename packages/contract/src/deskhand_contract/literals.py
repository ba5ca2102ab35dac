"""Addresses and numbers that a sentence itself holds, written or spoken.

A mail goes to an address that was said or to one that was looked up, never to a name; so the compact grammar lets a
pointer into a list of addresses start only where one of these stands. A priority or a means of transport that was said
is that one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_SIGN_WORD = r"(?:dot|point|underscore|dash|hyphen|minus|plus)"
_MAIL = re.compile(
    r"(?<![\w.+%-])[\w.+%-]+@[\w-]+(?:\.[\w-]+)+"  # written
    rf"|\b\w+(?: {_SIGN_WORD} \w+| \w+){{0,5}}? at \w+(?: {_SIGN_WORD} \w+| \w+){{0,4}}?"
    r" (?:dot|point) \w+(?: (?:dot|point) \w+)*",
    re.IGNORECASE,
)
_NUMBER_WORD = r"(?:zero|oh|one|two|three|four|five|six|seven|eight|nine|double|triple)"
_PHONE = re.compile(
    rf"\+?\(?\d[\d\s().+/-]*\d|\d|(?:plus )?{_NUMBER_WORD}(?: {_NUMBER_WORD}|[ -]?\d+){{2,}}",
    re.IGNORECASE,
)

_UNITS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
_PRIORITY = re.compile(
    r"\bprio(?:rity)?[ :#=-]{0,3}(?:level |number |no\.? |is |of |to )?(?P<long>\d{1,2}|" + "|".join(_UNITS) + r")\b"
    r"(?![:/.-]\d| ?[ap]\.?m\b)"  # an hour or a date
    r"|\bp(?P<short>\d)\b",
    re.IGNORECASE,
)

_TRANSPORTS = {
    "d": re.compile(r"\b(?:driv(?:e|es|ing)|car|automobile|van)\b", re.IGNORECASE),
    "w": re.compile(r"\b(?:walk(?:s|ing|able)?|(?:on|by) foot|stroll)\b", re.IGNORECASE),
    "r": re.compile(
        r"\b(?:public transport(?:ation)?|transit|trains?|bus(?:es)?|tube|metro|subway|trams?|rail|railway|underground"
        r"|[us]-?bahn|ferry|mrt|skytrain)\b",
        re.IGNORECASE,
    ),
}

UnitRange = tuple[int, int]
"""First and last unit."""


def mail_addresses(sentence: str, units: Sequence[tuple[int, int]]) -> list[UnitRange]:
    """Where mail addresses stand. A spoken one ("dana dot o at example dot org") may begin a few words early: which
    of them belong to it is the planner's to say."""
    return _ranges(_MAIL, sentence, units)


def written_addresses(sentence: str, units: Sequence[tuple[int, int]]) -> list[UnitRange]:
    return [(a, b) for a, b in mail_addresses(sentence, units) if "@" in sentence[units[a][0] : units[b][1]]]


def phone_numbers(sentence: str, units: Sequence[tuple[int, int]]) -> list[UnitRange]:
    """Where numbers stand, written or in words; what is a phone number and what is an hour is the planner's to say."""
    return _ranges(_PHONE, sentence, units)


def priorities(sentence: str) -> frozenset[int]:
    """The numbers that the sentence calls a priority: "prio 2", "priority: five", "p1"."""
    said = (match["long"] or match["short"] for match in _PRIORITY.finditer(sentence))
    return frozenset(int(word) if word.isdecimal() else _UNITS.index(word.casefold()) for word in said)


def transports(sentence: str) -> list[str]:
    """Means of transport (`d`, `w`, `r`) that the sentence names, be it in a place's name."""
    return [means for means, pattern in _TRANSPORTS.items() if pattern.search(sentence)]


def _ranges(pattern: re.Pattern[str], sentence: str, units: Sequence[tuple[int, int]]) -> list[UnitRange]:
    found: list[UnitRange] = []
    for match in pattern.finditer(sentence):
        inside = [n for n, (start, end) in enumerate(units) if start >= match.start() and end <= match.end()]
        if inside:
            found.append((inside[0], inside[-1]))
    return found
