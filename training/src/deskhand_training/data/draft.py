"""A filled sketch: every variable has its words, every hole its place. From here a draft becomes an example."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from random import Random

from deskhand_contract.compact import MAX_UNITS, decode, encode, split_units
from deskhand_contract.plan import DatePhrase, NodeRef, PlanNode, Template, Value
from deskhand_contract.tools import DATE_KINDS, Argument, Kind, get_tool

from .fill import Style
from .filler import Filler
from .load import SourceError
from .numbers import number_words
from .sketch import FREE_TEXT, Call, Hole, Piece, Ptr, Ref, Sketch, Slot, Variable

_FENCE = re.compile(r"\s*[.;!?\n)\]\"”'’»]|\s*$")


@dataclass(frozen=True, slots=True)
class Example:
    """A sentence and its plan. `ids`: the compact form, ending in <eos>; its pointers are the exact spans."""

    sentence: str
    nodes: tuple[PlanNode, ...]
    ids: tuple[int, ...]
    source: str


@dataclass(slots=True)
class Draft:
    """`values` are the words of the variables; those of a hole with inner pieces follow from these."""

    pieces: list[Piece]
    variables: list[Variable]
    values: list[str]
    calls: list[Call]
    where: str
    spoken: bool = False
    leads: dict[int, str] = field(default_factory=dict)

    def map_carrier(self, change: Callable[[str], str]) -> None:
        self.pieces = [change(piece) if isinstance(piece, str) else piece for piece in self.pieces]

    def map_text(self, change: Callable[[str], str]) -> None:
        """Change carrier and values alike."""

        def walk(pieces: Sequence[Piece]) -> list[Piece]:
            return [change(p) if isinstance(p, str) else Hole(p.variable, tuple(walk(p.inner))) for p in pieces]

        self.pieces = walk(self.pieces)
        self.values = [change(value) for value in self.values]

    def last_variable(self) -> Variable | None:
        """The variable that the draft ends with, if it does."""
        for piece in reversed(self.pieces):
            if isinstance(piece, Hole):
                return self.variables[piece.variable]
            if piece.strip(" .!?\n"):
                return None
        return None

    def ends_open(self) -> bool:
        """Whether the draft ends in free text, into which more carrier words could seem to belong."""
        variable = self.last_variable()
        return variable is not None and variable.slot in FREE_TEXT | {Slot.TITLE, Slot.MTOPIC, Slot.NOTE, Slot.PLACE}


def tidy(pieces: Sequence[Piece]) -> list[Piece]:
    """Join neighbouring strings, drop empty ones."""
    out: list[Piece] = []
    for piece in pieces:
        if isinstance(piece, str) and out and isinstance(out[-1], str):
            out[-1] += piece
        elif piece != "":
            out.append(piece)
    return out


def original(sketch: Sketch) -> Draft:
    """The seed as it was written."""
    values = [variable.text for variable in sketch.variables]
    return Draft(list(sketch.pieces), sketch.variables, values, list(sketch.calls), sketch.where)


LOUD = re.compile(r"(?<!\d)[,;:](?!\d)|[\"“”!?()]|\.(?=\s|$)")
SYMBOLS = re.compile(r"[<>=/@+#*|&_\[\]{}~0-9]|->|\b[a-z]\b(?<![ai])")


def quiet(text: str) -> str:
    """Without the marks that nobody dictates."""
    return re.sub(r"\s+", " ", LOUD.sub("", text.replace(" - ", " ").replace("—", " ").replace("–", " "))).strip()


def fill(sketch: Sketch, filler: Filler, rng: Random, style: Style, keep: float, roomy_end: bool = True) -> Draft:
    """Words for every variable. `keep`: the share of a seed's values that stay as they are."""
    count = len(sketch.variables)
    values, leads, tails = [""] * count, [""] * count, [""] * count
    taken: set[str] = set()
    last = next((p.variable for p in reversed(sketch.pieces) if isinstance(p, Hole)), -1)
    for n, variable in enumerate(sketch.variables):
        after_end = n == last and not variable.after.strip(" .!?")
        roomy = roomy_end if after_end else bool(_FENCE.match(variable.after)) and variable.after != ""
        text = ""
        for attempt in range(6):
            if variable.text and rng.random() < keep:
                text = variable.text
            else:
                filling = filler.draw(rng, variable, style, roomy)
                text, leads[n], tails[n] = filling.text, filling.lead, filling.tail
                if (
                    variable.text[:1].isupper()
                    and text[:1].islower()
                    and variable.slot in FREE_TEXT
                    and _opens(sketch, n)
                ):
                    text = text[:1].upper() + text[1:]
            if style.spoken and variable.slot not in (Slot.EMAIL, Slot.PHONE, Slot.FILE, Slot.PDF):
                text = quiet(text)
            if (text.casefold() not in taken and any(map(str.isalnum, text))) or attempt == 5:
                break
        taken.add(text.casefold())
        values[n] = text.strip()
    pieces: list[Piece] = []
    for piece in sketch.pieces:
        if isinstance(piece, Hole):
            if sketch.variables[piece.variable].slot is Slot.EMAIL and sketch.variables[piece.variable].before.endswith(
                tuple("+-.%")
            ):
                leads[piece.variable] = " "  # else the sign belongs to the address
            pieces += [leads[piece.variable], piece, tails[piece.variable]]
        else:
            pieces.append(piece)
    return Draft(tidy(pieces), sketch.variables, values, list(sketch.calls), sketch.where, style.spoken)


def _opens(sketch: Sketch, n: int) -> bool:
    """Whether the sentence begins with variable n."""
    first = sketch.pieces[0]
    return isinstance(first, Hole) and first.variable == n


def flatten(draft: Draft) -> tuple[str, dict[int, tuple[int, int]]]:
    """The sentence, and for each variable the characters of its outermost first occurrence."""
    parts: list[str] = []
    found: dict[int, tuple[int, int, int]] = {}
    at = 0

    def walk(pieces: Sequence[Piece], depth: int) -> None:
        nonlocal at
        for piece in pieces:
            if isinstance(piece, str):
                parts.append(piece)
                at += len(piece)
                continue
            start = at
            if piece.inner:
                walk(piece.inner, depth + 1)
            else:
                parts.append(draft.values[piece.variable])
                at += len(draft.values[piece.variable])
            known = found.get(piece.variable)
            if known is None or depth < known[0]:
                found[piece.variable] = (depth, start, at)

    walk(draft.pieces, 0)
    sentence = "".join(parts)
    offset = len(sentence) - len(sentence.lstrip())
    spans = {variable: (start - offset, end - offset) for variable, (_, start, end) in found.items()}
    return sentence.strip(), spans


_WORD_NUMBERS = {number_words(n): n for n in range(10)}


def to_example(draft: Draft, source: str) -> Example:
    """Raises SourceError where a value is no run of whole units, or the sentence is too long."""
    sentence, spans = flatten(draft)
    units = split_units(sentence)
    if not 0 < len(units) <= MAX_UNITS:
        raise SourceError(f"{source}: {len(units)} units")
    starts = {start: n for n, (start, _) in enumerate(units)}
    ends = {end: n for n, (_, end) in enumerate(units)}
    pointers: list[tuple[int, int]] = []

    def point(variable: int) -> str:
        start, end = spans[variable]
        if start not in starts or end not in ends or start == end:
            raise SourceError(f"{source}: {sentence[start:end]!r} is cut inside a word")
        pointers.append((starts[start], ends[end]))
        return sentence[start:end]

    def value_of(argument: Argument, value: bool | int | str | tuple[Ref | Ptr, ...]) -> Value:
        if not isinstance(value, tuple):
            return value
        if argument.kind is Kind.PRIORITY:
            part = value[0]
            assert isinstance(part, Ptr)
            start, end = spans[part.variable]
            word = sentence[start:end].casefold()
            return _WORD_NUMBERS[word] if word in _WORD_NUMBERS else int(word)
        parts: list[str | NodeRef] = [
            NodeRef(node=p.call + 1) if isinstance(p, Ref) else point(p.variable) for p in value
        ]
        if argument.is_list:
            return tuple(parts)
        if len(parts) == 1:
            part = parts[0]
            return DatePhrase(phrase=part) if argument.kind in DATE_KINDS and isinstance(part, str) else part
        spaced: list[str | NodeRef] = []
        for n, part in enumerate(parts):
            spaced += [" ", part] if n else [part]
        return Template(parts=tuple(spaced))

    nodes = tuple(
        PlanNode(
            id=n,
            tool=call.tool,
            arguments={name: value_of(get_tool(call.tool).argument(name), value) for name, value in call.args.items()},
        )
        for n, call in enumerate(draft.calls, 1)
    )
    queue: Iterator[tuple[int, int]] = iter(pointers)
    ids = encode(sentence, nodes, locate=lambda _argument, _text: next(queue))
    if any(draft.variables[variable].slot in (Slot.EMAIL, Slot.PHONE) for variable in spans):
        decode(sentence, ids)  # raises where the grammar knows no address at that place
    return Example(sentence, nodes, tuple(ids), source)
