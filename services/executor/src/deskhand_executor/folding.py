"""Texts as people compare them: without case, accents, punctuation."""

from __future__ import annotations

import re
import unicodedata

_APOSTROPHES = "'’‘ʼʻ`´"
_LETTERS = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h", "ŋ": "n"}
)
_WRITTEN_OUT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa"})
_POSSESSIVE = re.compile(rf"(?<=\w\w)[{_APOSTROPHES}]s\b", re.IGNORECASE)
_APOSTROPHE = re.compile(f"[{_APOSTROPHES}]")
_SEPARATORS = re.compile(r"[\W_]+", re.ASCII)


def fold(text: str) -> str:
    """ "Zoë O'Brien-Łęcki" -> "zoe obrien lecki": lower case, no accents, words separated by one space each."""
    text = _APOSTROPHE.sub("", _POSSESSIVE.sub("", text)).casefold()
    if text.isascii():
        return _SEPARATORS.sub(" ", text).strip()
    kept = (
        character if unicodedata.category(character)[0] in "LNM" else " "
        for character in unicodedata.normalize("NFKD", text)
        if not unicodedata.combining(character)
    )
    return " ".join("".join(kept).translate(_LETTERS).split())


def fold_variants(text: str) -> set[str]:
    """The folded text, and with umlauts written out ("Jürgen": "jurgen", "juergen"). Without the empty one."""
    composed = unicodedata.normalize("NFC", text).casefold()
    return {fold(text), fold(composed.translate(_WRITTEN_OUT))} - {""}


def compact(text: str) -> str:
    """Folded, and without spaces: "Q3 deck" and "q3_Deck" and "Q3Deck" are the same."""
    return fold(text).replace(" ", "")
