"""Finding the one thing among named ones that somebody means: notes, files, calendars, lists."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Generic, TypeVar

from rapidfuzz import fuzz, process

from .folding import compact, fold

Item = TypeVar("Item")

TYPO_SCORE = 85.0
"""rapidfuzz ratio (0 to 100) from which on two names may be the same one with a typo."""
TYPO_LEAD = 6.0
"""By how much the best must lead."""
CLOSE_SCORE = 55.0
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Za-z])(?=\d)|(?<=\d)(?=[A-Za-z])")


@dataclass(frozen=True, slots=True)
class Match(Generic[Item]):
    """`items` fit equally well: one is the one meant, several need a question, and with none `close` may help."""

    items: tuple[Item, ...]
    close: tuple[Item, ...] = ()


def find(query: str, named: Iterable[tuple[str, Item]], *, partial: bool = True) -> Match[Item]:
    """The best level that anything reaches: equal, folded equal, equal without spaces, then with `partial` the words of
    the query together in the name, or anywhere in it; last a unique near miss."""
    wanted = _Wanted.of(query)
    pairs = [(name, fold(name), item) for name, item in named]
    best, hits = _Level.NONE if partial else _Level.TOGETHER, dict[int, Item]()
    for position, (name, folded, item) in enumerate(pairs):
        level = wanted.level(name, folded, best)
        if level < best:
            best, hits = level, {}
        if level == best and level < (_Level.NONE if partial else _Level.TOGETHER):
            hits[position] = item
    if hits:
        return Match(_unique(hits.values()))
    return _near_misses(wanted.folded, [(folded, item) for _, folded, item in pairs])


class _Level(IntEnum):
    EQUAL = 0
    FOLDED = 1
    COMPACT = 2
    TOGETHER = 3
    SCATTERED = 4
    NONE = 5


@dataclass(frozen=True, slots=True)
class _Wanted:
    text: str
    folded: str
    compact: str
    words: tuple[str, ...]

    @classmethod
    def of(cls, query: str) -> _Wanted:
        return cls(query, fold(query), compact(query), tuple(_words(query)))

    def level(self, name: str, folded: str, best: _Level) -> _Level:
        """How well a name fits; levels worse than `best` are not told apart."""
        if name == self.text:
            return _Level.EQUAL
        if not self.folded:
            return _Level.NONE
        if folded == self.folded:
            return _Level.FOLDED
        if folded.replace(" ", "") == self.compact:
            return _Level.COMPACT
        if best < _Level.TOGETHER or self.words[0] not in folded:
            return _Level.NONE
        words = _words(name)
        if f" {' '.join(self.words)} " in f" {' '.join(words)} ":
            return _Level.TOGETHER
        return _Level.SCATTERED if set(self.words) <= set(words) else _Level.NONE


def _unique(items: Iterable[Item]) -> tuple[Item, ...]:
    kept: list[Item] = []
    for item in items:
        if item not in kept:
            kept.append(item)
    return tuple(kept)


def said_words(text: str) -> list[str]:
    """The folded words of a query, none with a space: what `find` accepts for it has all of them in its name."""
    return _words(text)


def _words(name: str) -> list[str]:
    """Folded words; "Q3Deck" has two, as "Q3_Deck" has."""
    folded = fold(name).split()
    split = fold(_CAMEL.sub(" ", name)).split()
    return split if len(split) > len(folded) and "".join(split) == "".join(folded) else folded


def _numbers(folded: str) -> set[str]:
    """Nobody means Q4 by Q3: numbers are no typing errors."""
    return set(re.findall(r"\d+", folded))


def _near_misses(wanted: str, pairs: Sequence[tuple[str, Item]]) -> Match[Item]:
    if not wanted:
        return Match(())
    names = [folded for folded, _ in pairs]
    scored = process.extract(wanted, names, scorer=fuzz.token_sort_ratio, score_cutoff=CLOSE_SCORE, limit=5)
    best = _unique(pairs[position][1] for _, score, position in scored if score >= scored[0][1] - TYPO_LEAD)
    if len(best) == 1 and scored[0][1] >= TYPO_SCORE and _numbers(wanted) <= _numbers(scored[0][0]):
        return Match(best)
    return Match((), _unique(pairs[position][1] for _, _, position in scored)[:3])
