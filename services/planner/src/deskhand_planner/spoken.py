"""Spoken forms of what is written with signs: addresses, file names, numbers.

The planner copies "dana dot o at example dot org"; these functions write "dana.o@example.org". What has no spoken
form comes back unchanged.
"""

from __future__ import annotations

import re

_SIGNS = {
    "dot": ".",
    "point": ".",
    "period": ".",
    "underscore": "_",
    "dash": "-",
    "hyphen": "-",
    "minus": "-",
    "plus": "+",
    "slash": "/",
}
_DIGITS = {
    word: str(digit)
    for digit, words in enumerate(
        ("zero oh o nought", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
    )
    for word in words.split()
}
_REPEATS = {"double": 2, "triple": 3}
_NUMBER_WORDS = _DIGITS | {"hundred": "00"}
_WRITTEN = re.compile(r"[^@\s<>(),;:\"]+@[^@\s<>(),;:\"]+\.[^@\s<>(),;:\".]{2,}")
_UNDERSCORE = re.compile(r"\s+(underscore)\s+", re.IGNORECASE)
_ANY_SIGN = re.compile(r"\s+(underscore|dash|hyphen)\s+", re.IGNORECASE)
_EXTENSION = re.compile(r"\s+dot\s+([a-z0-9]{1,5})$", re.IGNORECASE)


def mail_address(text: str) -> str:
    """Spoken "volunteers at example dot org" -> "volunteers@example.org"; "Sid Rao <sid@x.org>" -> "sid@x.org"."""
    close = re.sub(r"\s*([@.])\s*(?=\S)", r"\1", text)
    written = _WRITTEN.search(close)
    if written:
        return written[0]
    words = re.sub(r"\s*([@._+-])\s*", r" \1 ", text).split()
    at = max((n for n, word in enumerate(words) if word.casefold() in ("at", "@")), default=-1)
    if at <= 0:
        return text
    spelt = "".join("@" if n == at else _sign_or_digit(word) for n, word in enumerate(words))
    return spelt if _WRITTEN.fullmatch(spelt) else text


def _sign_or_digit(word: str) -> str:
    word = word.casefold() if word.casefold() in _SIGNS or word.casefold() in _DIGITS else word
    return word if word == "o" else _SIGNS.get(word, _DIGITS.get(word, word))  # among letters an o is no zero


def file_name(text: str) -> str:
    """Spoken "q3 underscore deck dot pdf" -> "q3_deck.pdf". A dash is read only where the end was spoken too: a
    "dash cam video" has none."""
    name, spoken_ends = _EXTENSION.subn(lambda match: "." + match[1], text)
    signs = _ANY_SIGN if spoken_ends else _UNDERSCORE
    return signs.sub(lambda match: _SIGNS[match[1].casefold()], name)


def phone_number(text: str) -> str:
    """Spoken "five five five oh one double two" -> "5550122", "nine hundred four" -> "9004". A number that is written
    stays as it is written."""
    words: list[str] = re.findall(r"\w+|\+", text.casefold())
    if not any(word in _DIGITS for word in words):
        return text
    digits, repeat = "", 1
    for word in words:
        if word in _REPEATS:
            repeat = _REPEATS[word]
        elif word in _NUMBER_WORDS or word.isdecimal():
            digits, repeat = digits + _NUMBER_WORDS.get(word, word) * repeat, 1
        elif word in ("+", "plus"):
            digits += "+"
        else:
            return text
    return digits
