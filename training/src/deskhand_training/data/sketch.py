"""What a sentence and its plan are while they are filled and composed: pieces, variables, calls.

The pieces are strings and `Hole`s. A hole stands for a variable; the same variable may stand in several holes (a name
said twice), and a hole may have pieces of its own (the name inside a title). The plan points to variables, never to
text, so that a sketch can be filled and the exact span of every value is known.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum


class Slot(StrEnum):
    PERSON = "P"
    EMAIL = "EMAIL"
    PHONE = "PHONE"
    FILE = "FILE"
    PDF = "PDF"
    WHEN = "WHEN"
    DATE = "DATE"
    END = "END"
    DURATION = "DUR"
    PLACE = "PLACE"
    TITLE = "TITLE"
    TOPIC = "TOPIC"
    MTOPIC = "MTOPIC"
    TASK = "TASK"
    MESSAGE = "MSG"
    BODY = "BODY"
    CONTENT = "CONTENT"
    NOTE = "NOTE"
    FOLDER = "FOLDER"
    CALENDAR = "CAL"
    LIST = "LIST"
    NUMBER = "N"


FREE_TEXT = frozenset({Slot.MESSAGE, Slot.BODY, Slot.CONTENT, Slot.TASK, Slot.TOPIC})


@dataclass(frozen=True, slots=True)
class Hole:
    variable: int
    inner: tuple[Piece, ...] = ()


Piece = str | Hole


@dataclass(slots=True)
class Variable:
    """`text` is what the seed had there (empty in a skeleton); `before`, `after`: the carrier around the first hole."""

    slot: Slot
    text: str
    before: str = ""
    after: str = ""
    nested: bool = False
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Ref:
    call: int  # from 0


@dataclass(frozen=True, slots=True)
class Ptr:
    variable: int


@dataclass(frozen=True, slots=True)
class Call:
    """An argument is a fixed value (bool, int, means of transport), or its parts in order."""

    tool: str
    args: Mapping[str, bool | int | str | tuple[Ref | Ptr, ...]]

    @property
    def deps(self) -> list[int]:
        """Calls that this one needs, in the order its signature reads them."""
        found: list[int] = []
        for value in self.args.values():
            if isinstance(value, tuple):
                found += [part.call for part in value if isinstance(part, Ref) and part.call not in found]
        return found


@dataclass(slots=True)
class Sketch:
    """A template, or what becomes of one while it is filled and composed."""

    pieces: list[Piece]
    variables: list[Variable]
    calls: list[Call]
    where: str = ""
    skeleton: bool = False
    lower: bool = False  # the sentence has no capitals: dictated, or typed so


def set_context(sketch: Sketch) -> None:
    """Write down at each variable the carrier words around its first outer hole, else around an inner one."""
    seen: set[int] = set()

    def walk(pieces: Sequence[Piece], before: str, after: str, nested: bool) -> None:
        for n, piece in enumerate(pieces):
            if isinstance(piece, str) or piece.variable in seen:
                continue
            left = pieces[n - 1] if n else before
            right = pieces[n + 1] if n + 1 < len(pieces) else after
            variable = sketch.variables[piece.variable]
            variable.before = left if isinstance(left, str) else "\0"
            variable.after = right if isinstance(right, str) else "\0"
            variable.nested = nested
            seen.add(piece.variable)

    walk(sketch.pieces, "", "", nested=False)
    for piece in sketch.pieces:
        if isinstance(piece, Hole) and piece.inner:
            walk(piece.inner, "", "", nested=True)


def canonical(calls: Sequence[Call]) -> list[Call]:
    """Dependencies right before the call that first needs them, in signature order; the rest in the order said."""
    used = {dep for call in calls for dep in call.deps}
    order: list[int] = []

    def visit(n: int) -> None:
        if n not in order:
            for dep in calls[n].deps:
                visit(dep)
            order.append(n)

    for n in range(len(calls)):
        if n not in used:
            visit(n)
    place = {old: new for new, old in enumerate(order)}

    def moved(call: Call) -> Call:
        return Call(
            call.tool,
            {
                name: tuple(Ref(place[p.call]) if isinstance(p, Ref) else p for p in value)
                if isinstance(value, tuple)
                else value
                for name, value in call.args.items()
            },
        )

    return [moved(calls[n]) for n in order]
