"""What a sentence itself settles or suggests: the addresses and numbers in it, written or spoken, where words end.

A mail goes to an address that was said or to one that was looked up, never to a name; so the compact grammar lets a
pointer into a list of addresses start only where one of these stands. A priority or a means of transport that was said
is that one. No value is half of "O'Dowd".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

_SIGN_WORD = r"(?:dot|point|underscore|dash|hyphen|minus|plus)"
_MAIL = re.compile(
    r"(?=("  # they may overlap: "write him at bo dot lee at example dot org"
    r"(?<![\w.+%-])[\w.+%-]+@[\w-]+(?:\.[\w-]+)+"  # written
    rf"|\b\w+(?: {_SIGN_WORD} \w+| \w+){{0,5}}? at \w+(?: {_SIGN_WORD} \w+| \w+){{0,4}}?"
    r" (?:dot|point) \w+(?: (?:dot|point) \w+)*"
    r"))",
    re.IGNORECASE,
)
_NUMBER_WORD = r"(?:zero|oh|one|two|three|four|five|six|seven|eight|nine|double|triple|hundred)"
_PHONE = re.compile(
    rf"(?:\(\+|\+?\(?)\d[\d\s().+/-]*\d|\d|(?:plus )?{_NUMBER_WORD}(?: {_NUMBER_WORD}|[ -]?\d+){{2,}}",
    re.IGNORECASE,
)

_UNITS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
_PRIORITY = re.compile(
    r"(?<!\bhigh )(?<!\btop )(?<!\blow )\bprio(?:rity)?[ :#=-]{0,3}(?:level |number |no\.? |is |of |to )?"
    rf"(?P<long>\d{{1,2}}|{'|'.join(_UNITS)})\b"
    r"(?![:/.-]\d| ?[ap]\.?m\b)"  # an hour or a date
    r"|\bp(?P<short>\d)\b",
    re.IGNORECASE,
)

_PLACE = r"(?![ -](?:stations?|stops?|terminals?|depot|museum|park|wash|rental|hire|dealer\w*|shop|tour)\b)"
_TRANSPORTS = {
    means: re.compile(rf"\b(?:{words})\b{_PLACE}", re.IGNORECASE)
    for means, words in {
        "d": r"driv(?:e|es|ing)|car|automobile|van",
        "w": r"walk(?:s|ing|able)?|(?:on|by) f(?:oo|ee)t|stroll",
        "r": r"public transport(?:ation)?|transit|trains?|bus(?:es)?|tube|metro|subway|trams?|rail|railway|underground"
        r"|[us]-?bahn|ferry|mrt|skytrain",
    }.items()
}
_NOT_BY = re.compile(r"\b(?:no|not|never|without|avoid|instead of|rather than)\b|n['’]t\b", re.IGNORECASE)

_ADDED = frozenset({"s", "ll", "re", "ve", "m", "d", "t"})
"""What follows an apostrophe and is no part of the name before it: "Ana's", "they'll"."""

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


def inside_words(sentence: str, units: Sequence[tuple[int, int]]) -> tuple[frozenset[int], frozenset[int]]:
    """Units where a value hardly begins, and where it hardly ends, because they stand inside a word that is written
    with marks: "to-do", "kite.example", "rev_F". A full stop before a capital, or between a number and a letter
    ("1.call"), divides sentences, and so may any other mark be typed: this is evidence and no rule."""
    begins: set[int] = set()
    ends: set[int] = set()
    for n in _glued(units):
        if _joins(*sentence[units[n][0] - 1 : units[n][1] + 1]):
            begins |= {n, n + 1}
            ends |= {n - 1, n}
    return frozenset(begins), frozenset(ends)


def around_apostrophes(sentence: str, units: Sequence[tuple[int, int]]) -> tuple[frozenset[int], frozenset[int]]:
    """Units where no value begins, and where none ends: "O'Dowd" and "N'golo" are whole; of "Ana's" or "Ezgi'ye" the
    end may be cut."""
    begins: set[int] = set()
    ends: set[int] = set()
    for n in _glued(units):
        start, end = units[n]
        if sentence[start] in "'\N{RIGHT SINGLE QUOTATION MARK}" and (sentence[start - 1] + sentence[end]).isalpha():
            begins |= {n, n + 1}
            after = sentence[end : units[n + 1][1]]
            short = units[n - 1] == (start - 1, start)
            whole = (short or after[0].isupper()) and after.casefold() not in _ADDED
            ends |= {n - 1, n} if whole else {n}
    return frozenset(begins), frozenset(ends)


def _glued(units: Sequence[tuple[int, int]]) -> Iterator[int]:
    """Units of one character with no space on either side."""
    for n in range(1, len(units) - 1):
        start, end = units[n]
        if end == start + 1 and units[n - 1][1] == start and units[n + 1][0] == end:
            yield n


def _joins(left: str, mark: str, right: str) -> bool:
    if mark == "_":
        return all(side.isalnum() or side == "_" for side in (left, right))
    if mark not in "-.@" or not (left + right).isalnum():
        return False
    if mark == "-":
        return left.isdigit() == right.isdigit()  # standup-9am
    divides = (left.islower() and right.isupper()) or (left.isdigit() and not right.isdigit())
    return mark == "@" or not divides


def transports(sentence: str) -> list[str]:
    """Means of transport (`d`, `w`, `r`) that the sentence names, be it in a place's name, though not in "bus station".
    None where it says how not to go: what is left then is the planner's to say."""
    found = {means: match for means, pattern in _TRANSPORTS.items() if (match := pattern.search(sentence))}
    return [] if found and _NOT_BY.search(sentence) else list(found)


def _ranges(pattern: re.Pattern[str], sentence: str, units: Sequence[tuple[int, int]]) -> list[UnitRange]:
    found: list[UnitRange] = []
    for match in pattern.finditer(sentence):
        begins, ends = match.span(match.lastindex or 0)  # the group, where the pattern looks ahead
        inside = [n for n, (start, end) in enumerate(units) if start >= begins and end <= ends]
        if inside:
            found.append((inside[0], inside[-1]))
    return found
