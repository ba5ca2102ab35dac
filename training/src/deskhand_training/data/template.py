"""A source taken apart: where its values stand in the sentence, and a plan that points there."""

from __future__ import annotations

import re
from collections.abc import Iterator

from deskhand_contract.compact import split_units
from deskhand_contract.plan import DatePhrase, NodeRef, PlanNode, Template, Value
from deskhand_contract.tools import DATE_KINDS, Argument, Kind

from .load import SLOT, Source, SourceError
from .numbers import find_duration
from .sketch import Call, Hole, Piece, Ptr, Ref, Sketch, Slot, Variable, set_context

EMAIL = re.compile(r"[\w.+-]+@[\w.-]+\w")
SPOKEN_EMAIL = re.compile(r"[\w ]+ at [\w ]+ dot \w+", re.IGNORECASE)
PHONE = re.compile(r"\+?[\d(][\d\s()+./-]{4,}\d")
_RANGE = re.compile(
    r"\s*(?:-|–|—|to|till|until|til|through)\s*"
    r"(?:\d{1,2}(?:[:.h]\d\d|h)?(?:\s?[ap]\.?\s?m\b\.?)?|noon|midnight)(?!\w|:\d)",
    re.I,
)
_DETERMINERS = re.compile(r"(?:the|my|our|a|an)\s+(?=\S)")


_EVERYWHERE = frozenset({Slot.PERSON, Slot.EMAIL, Slot.PHONE, Slot.FILE, Slot.PDF, Slot.NOTE, Slot.PLACE, Slot.TITLE})
_TRIMMED = frozenset(
    {
        Slot.PERSON,
        Slot.FILE,
        Slot.PDF,
        Slot.PLACE,
        Slot.TITLE,
        Slot.MTOPIC,
        Slot.NOTE,
        Slot.FOLDER,
        Slot.CALENDAR,
        Slot.LIST,
    }
)
"""Slots whose span begins behind a "the" or "my"."""
_PRIORITY = {slot: n for n, slot in enumerate(Slot)}


def slot_of(argument: Argument, tool: str, text: str) -> Slot:
    """What a value of a seed is."""
    name, kind = argument.name, argument.kind
    if EMAIL.fullmatch(text) or (kind is Kind.EMAILS and SPOKEN_EMAIL.fullmatch(text)):
        return Slot.EMAIL
    if kind is Kind.PHONES:
        return Slot.PHONE
    if kind is Kind.END:
        return Slot.END
    if kind in DATE_KINDS:
        return Slot.WHEN
    if kind in (Kind.FILE_NAME, Kind.PATH, Kind.PATHS):
        return Slot.FILE
    if kind is Kind.DURATION:
        return Slot.DURATION
    by_name = {
        "location": Slot.PLACE,
        "start_location": Slot.PLACE,
        "end_location": Slot.PLACE,
        "title": Slot.TITLE,
        "topic": Slot.MTOPIC,
        "subject": Slot.TOPIC,
        "folder": Slot.FOLDER,
        "list_name": Slot.LIST,
        "calendar": Slot.CALENDAR,
        "message": Slot.MESSAGE,
        "context": Slot.BODY,
        "content": Slot.CONTENT,
        "notes": Slot.CONTENT,
    }
    if kind in (Kind.NAME, Kind.EMAILS):
        return Slot.PERSON
    if name == "name":
        return Slot.TASK if tool == "create_reminder" else Slot.NOTE
    return by_name[name]


def trim(text: str, slot: Slot) -> str:
    """Without its article: "the station" -> "station"; "The Ivy" stays."""
    match = _DETERMINERS.match(text) if slot in _TRIMMED else None
    return text[match.end() :] if match else text


def compile_source(source: Source) -> Sketch:
    """Raises SourceError where the values overlap in a way that holes cannot."""
    return _compile_skeleton(source) if source.skeleton else _Compiler(source).run()


def _fixed(argument: Argument, value: Value) -> bool | int | str | None:
    if isinstance(value, bool | int):
        return value
    return value if argument.kind is Kind.TRANSPORT and isinstance(value, str) else None


def _parts(value: Value) -> Iterator[str | NodeRef]:
    if isinstance(value, NodeRef):
        yield value
    elif isinstance(value, DatePhrase):
        yield value.phrase
    elif isinstance(value, Template):
        yield from (
            p if isinstance(p, NodeRef) else p.strip()
            for p in value.parts
            if isinstance(p, NodeRef) or any(map(str.isalnum, p))
        )
    elif isinstance(value, tuple):
        for item in value:
            yield from _parts(item)
    elif isinstance(value, str):
        yield value.strip()


def _compile_skeleton(source: Source) -> Sketch:
    variables: list[Variable] = []
    known: dict[str, int] = {}
    pieces: list[Piece] = []
    at = 0
    for match in SLOT.finditer(source.text):
        if match.start() > at:
            pieces.append(source.text[at : match.start()])
        at = match.end()
        known[match[0]] = len(variables)
        pieces.append(Hole(len(variables)))
        variables.append(Variable(Slot(match[1]), ""))
    if at < len(source.text):
        pieces.append(source.text[at:])
    calls: list[Call] = []
    for node in source.nodes:
        args: dict[str, bool | int | str | tuple[Ref | Ptr, ...]] = {}
        for argument in node.spec.arguments:
            value = node.arguments.get(argument.name)
            if value is None:
                continue
            if value == 0 and argument.kind is Kind.PRIORITY:
                args[argument.name] = (Ptr(known["{N}"]),)
                continue
            fixed = _fixed(argument, value)
            if fixed is not None:
                args[argument.name] = fixed
                continue
            parts: list[Ref | Ptr] = []
            for part in _parts(value):
                if isinstance(part, NodeRef):
                    parts.append(Ref(part.node - 1))
                else:
                    parts += [Ptr(known[name[0]]) for name in SLOT.finditer(part)]
            args[argument.name] = tuple(parts)
        calls.append(Call(node.tool, args))
    sketch = Sketch(pieces, variables, calls, source.where, skeleton=True, lower=True)
    set_context(sketch)
    return sketch


class _Compiler:
    """One seed: find where its values stand, cut the sentence there, and point the plan at the cuts."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._text = source.text
        units = split_units(source.text)
        self._starts = {start for start, _ in units}
        self._ends = {end for _, end in units}
        self._slots: dict[str, Slot] = {}
        self._spans: list[tuple[int, int, str]] = []

    def run(self) -> Sketch:
        text = self._text
        ends: list[tuple[str, str]] = []
        for node in self._source.nodes:
            for argument in node.spec.arguments:
                value = node.arguments.get(argument.name)
                if value is None or _fixed(argument, value) is not None:
                    continue
                for part in _parts(value):
                    if isinstance(part, str):
                        self._note(part, slot_of(argument, node.tool, part))
                if argument.kind is Kind.END:
                    start = node.arguments["start_date"]
                    assert isinstance(start, DatePhrase)
                    assert isinstance(value, DatePhrase)
                    ends.append((start.phrase, value.phrase))
        durations = [self._duration(node) for node in self._source.nodes]
        for value in sorted(self._slots, key=lambda value: (-len(value), value)):
            if self._slots[value] is not Slot.END:
                self._place(value)
        for start, end in ends:
            self._place_end(start, end)
        order = list(self._slots)
        index = {value: n for n, value in enumerate(order)}
        spans = sorted(set(self._spans), key=lambda span: (span[0], -span[1]))
        missing = set(order) - {value for *_, value in spans}
        if missing:
            raise SourceError(f"{self._source.where}: {missing.pop()!r} overlaps another value")
        variables = [Variable(self._slots[value], value) for value in order]
        calls = [
            self._call(node, duration, index) for node, duration in zip(self._source.nodes, durations, strict=True)
        ]
        pieces = list(self._build(0, len(text), spans, index))
        sketch = Sketch(pieces, variables, calls, self._source.where, lower=text == text.lower())
        set_context(sketch)
        return sketch

    def _note(self, value: str, slot: Slot) -> None:
        value = trim(value, slot)
        known = self._slots.get(value)
        if known is None or _PRIORITY[slot] < _PRIORITY[known]:
            self._slots[value] = slot

    def _duration(self, node: PlanNode) -> str | int | None:
        """The words of a duration in minutes, where they stand in the sentence. A range says it without: then None."""
        value = node.arguments.get("duration")
        if not isinstance(value, int):
            return value if isinstance(value, str) else None
        words = find_duration(self._text, value)
        if words is not None:
            self._note(words, Slot.DURATION)
            return words
        start = node.arguments.get("start_time")
        if isinstance(start, DatePhrase):
            at = self._text.find(start.phrase)
            match = _RANGE.match(self._text, at + len(start.phrase))
            if match is not None:
                if all(start.phrase != other for n in self._source.nodes for other in _others(n)):
                    del self._slots[start.phrase]
                self._slots[start.phrase + match[0]] = Slot.WHEN
                return None
            if _RANGE.search(start.phrase):
                return None
        return value

    def _occurrences(self, value: str) -> list[tuple[int, int]]:
        for pattern, text in ((value, self._text), (value.lower(), self._text.lower())):
            found: list[tuple[int, int]] = []
            at = text.find(pattern)
            while at >= 0:
                end = at + len(pattern)
                marks = ":.,/+$€£#" if self._slots[value] is Slot.END else ":.,/-+$€£#"
                number = value[0].isdigit() and at and self._text[at - 1] in marks
                if at in self._starts and end in self._ends and not number:
                    found.append((at, end))
                at = text.find(pattern, at + 1)
            if found:
                return found
        at = self._text.lower().find(value.lower())
        return [(at, at + len(value))] if at in self._starts and at + len(value) in self._ends else []

    def _free(self, span: tuple[int, int]) -> bool:
        """Whether it crosses no span that is there: outside all, or well inside one."""
        return all(
            b <= span[0] or span[1] <= a or (a <= span[0] and span[1] <= b and (a, b) != span)
            for a, b, _ in self._spans
        )

    def _place(self, value: str) -> None:
        found = [span for span in self._occurrences(value) if self._free(span)]
        outer = [span for span in found if all(span[1] <= a or b <= span[0] for a, b, _ in self._spans)]
        slot = self._slots[value]
        if slot in (Slot.PERSON, Slot.EMAIL, Slot.PHONE):
            chosen = found
        elif outer:
            chosen = outer if slot in _EVERYWHERE else outer[:1]
        else:
            chosen = found[:1]
        self._spans += [(*span, value) for span in chosen]

    def _place_end(self, start: str, end: str) -> None:
        begun = max((b for _, b, value in self._spans if value == start), default=0)
        found = [span for span in self._occurrences(end) if self._free(span)]
        later = [span for span in found if span[0] >= begun]
        self._spans += [(*span, end) for span in (later or found)[:1]]

    def _build(self, at: int, end: int, spans: list[tuple[int, int, str]], index: dict[str, int]) -> Iterator[Piece]:
        n = 0
        while n < len(spans):
            a, b, value = spans[n]
            inside = [span for span in spans[n + 1 :] if span[1] <= b]
            if a > at:
                yield self._text[at:a]
            yield Hole(index[value], tuple(self._build(a, b, inside, index)) if inside else ())
            at = b
            n += 1 + len(inside)
        if at < end:
            yield self._text[at:end]

    def _call(self, node: PlanNode, duration: str | int | None, index: dict[str, int]) -> Call:
        args: dict[str, bool | int | str | tuple[Ref | Ptr, ...]] = {}
        for argument in node.spec.arguments:
            value = node.arguments.get(argument.name)
            if value is None:
                continue
            if argument.kind is Kind.DURATION:
                if isinstance(duration, int):
                    args[argument.name] = duration
                elif duration:
                    args[argument.name] = (Ptr(index[duration]),)
                continue
            fixed = _fixed(argument, value)
            if fixed is not None:
                args[argument.name] = fixed
                continue
            parts: list[Ref | Ptr] = []
            for part in _parts(value):
                if isinstance(part, NodeRef):
                    parts.append(Ref(part.node - 1))
                    continue
                words = trim(part, slot_of(argument, node.tool, part))
                if words not in index:  # the start of a range, which has swallowed it
                    words = next(known for known in index if known.startswith(words))
                parts.append(Ptr(index[words]))
            args[argument.name] = tuple(parts)
        return Call(node.tool, args)


def _others(node: PlanNode) -> Iterator[str]:
    """Date phrases of a node other than a Zoom meeting."""
    if node.tool != "get_zoom_meeting_link":
        yield from (value.phrase for value in node.arguments.values() if isinstance(value, DatePhrase))
