"""Sentence -> the sentence encoder's inputs.

The word pieces of an uncased vocabulary, how they pool into units, and what that vocabulary drops: letter case and
whether a unit is glued to the one before it ("report.pdf", "9:30"). Training imports this module, so that both sides
see the same numbers.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from deskhand_contract.compact import MAX_UNITS, split_units
from numpy.typing import NDArray
from tokenizers import Tokenizer

MAX_PIECES = 510
GLUED = 8
"""Added to the case class of a unit with no space before it; so there are 16 shape classes."""


@dataclass(frozen=True, slots=True)
class Features:
    """`pieces` int64 (W,), with the vocabulary's first and last marks; `first`, `last` int64 (U,): the word pieces of
    unit u are pieces[first[u]:last[u]]; `shape` int64 (U,)."""

    pieces: NDArray[np.int64]
    first: NDArray[np.int64]
    last: NDArray[np.int64]
    shape: NDArray[np.int64]

    def pool(self) -> NDArray[np.float32]:
        """Matrix (U, W) whose row u averages the pieces of unit u."""
        matrix = np.zeros((len(self.first), len(self.pieces)), np.float32)
        for unit, (a, b) in enumerate(zip(self.first, self.last, strict=True)):
            matrix[unit, a:b] = 1.0 / (b - a)
        return matrix


class Featurizer:
    """Holds a word-piece tokenizer (`tokenizer.json`)."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        tokenizer.no_padding()
        tokenizer.no_truncation()
        self._tokenizer = tokenizer
        ids = {mark: tokenizer.token_to_id(mark) for mark in ("[CLS]", "[SEP]", "[UNK]")}
        if None in ids.values():
            raise ValueError(f"the tokenizer has no {', '.join(mark for mark in ids if ids[mark] is None)}")
        self._cls, self._sep, self._unk = ids["[CLS]"], ids["[SEP]"], ids["[UNK]"]

    def __call__(self, sentence: str) -> Features:
        """Reads at most MAX_UNITS units and MAX_PIECES word pieces; whoever calls has refused longer sentences."""
        units = split_units(sentence)[:MAX_UNITS]
        pieces, first, last, shape = [self._cls], [], [], []
        words = self._tokenizer.encode_batch([sentence[a:b] for a, b in units], add_special_tokens=False)
        previous_end = -1
        for (start, end), word in zip(units, words, strict=True):
            room = MAX_PIECES - len(pieces)
            ids = (word.ids or [self._unk])[:room] if room > 0 else []
            first.append(len(pieces) if ids else len(pieces) - 1)
            pieces += ids
            last.append(len(pieces))
            shape.append(_case(sentence[start:end]) + GLUED * (start == previous_end))
            previous_end = end
        as_array = lambda values: np.array(values, np.int64)  # noqa: E731
        return Features(as_array([*pieces, self._sep]), as_array(first), as_array(last), as_array(shape))


def _case(unit: str) -> int:
    if unit.isdigit():
        return 3
    if not unit[0].isalnum():
        return 4
    if any(character.isdigit() for character in unit):
        return 5
    if unit.islower():
        return 0
    if unit.isupper():
        return 2 if len(unit) > 1 else 1
    if unit.istitle() or (unit[0].isupper() and unit[1:].islower()):
        return 1
    return 6 if unit.upper() != unit.lower() else 7
