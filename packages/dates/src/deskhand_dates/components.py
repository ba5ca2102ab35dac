"""What the grammar finds in a phrase, component by component, before it is put together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from .clocks import Clock
from .days import DaySpec
from .durations import Duration
from .text import Token


@dataclass(frozen=True, slots=True)
class Daypart:
    name: str


@dataclass(frozen=True, slots=True)
class Span:
    """A duration. `ahead`: in, from now; `later`: later, after that; `length`: for, or bare."""

    duration: Duration
    mode: Literal["ahead", "later", "length", "ago"]


@dataclass(frozen=True, slots=True)
class Offset:
    """An exact shift of the whole moment: "an hour before noon" (minutes, signed)."""

    minutes: int


@dataclass(frozen=True, slots=True)
class Mark:
    """Between components. `soft` marks a dash, which is a separator where no range makes sense."""

    kind: Literal["range", "correction"]
    soft: bool = False


Component: TypeAlias = DaySpec | Clock | Daypart | Span | Offset | Mark
Found: TypeAlias = tuple[list[Component], int]


@dataclass(frozen=True, slots=True)
class Context:
    """`end`: the phrase is an end. `ranged`: a word such as "from" says that "to" makes a range."""

    end: bool = False
    ranged: bool = False


Parser: TypeAlias = Callable[[Sequence[Token], int, Context], Found | None]


def lemma(tokens: Sequence[Token], i: int) -> str:
    """The lemma at i; "" outside the phrase."""
    return tokens[i].lemma if 0 <= i < len(tokens) else ""


def kind(tokens: Sequence[Token], i: int) -> str:
    """The token kind at i; "" outside the phrase."""
    return tokens[i].kind if 0 <= i < len(tokens) else ""


def skip(tokens: Sequence[Token], i: int, words: frozenset[str] | set[str]) -> int:
    """The index after any of `words` that stand at i."""
    while i < len(tokens) and tokens[i].lemma in words:
        i += 1
    return i
