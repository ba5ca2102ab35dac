"""Compact form: what the embedded planner writes, one token per decision.

The sentence is cut into units (words and punctuation marks). A value is a pair of pointers, its first and its
last unit, so the model copies and cannot misspell; a reference, a digit, yes/no and a means of transport are one
token each. Absent arguments cost nothing.

    "text my mom the summary of lease.pdf"  ->
    <open_and_get_file_path> <A1> <i6> <i8>  <summarize_pdf> <A1> <$1>
    <get_phone_number> <A1> <i2> <i2>  <send_sms> <A1> <$3> <A2> <$2>  <eos>

A plan is `none eos`, or calls and `eos`. A call is its tool token and its slots in ascending order; a slot is
its token `<A1>`.. and a value by the argument's kind. `CompactDecoder` is the grammar: it knows at every step
which tokens may follow (selected tools, arity, kinds, references to earlier nodes of a fitting type, nothing read
twice by a tool that would say the same again) and gives each node when it is complete. `encode` is its inverse, but
for sentences in which a name that is looked up stands inside another one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field, replace

from .errors import InvalidArguments, SpanNotFound
from .literals import (
    UnitRange,
    around_apostrophes,
    mail_addresses,
    phone_numbers,
    priorities,
    transports,
    written_addresses,
)
from .plan import DatePhrase, NodeRef, PlanNode, Template, Value
from .tools import DATE_KINDS, TOOLS, TRANSPORTS, Argument, Effect, Kind, Output, Tool

MAX_UNITS = 128
"""A longer sentence is refused by the embedded planner."""
MAX_NODES = 15
MAX_SLOTS = max(len(tool.arguments) for tool in TOOLS)
MAX_DIGITS = 4

_UNIT = re.compile(r"[^\W_]+|[^\w\s]|_")
_FIXED = ("<pad>", "<plan>", "<eos>", "<none>", "<yes>", "<no>")
TOKENS: tuple[str, ...] = (
    *_FIXED,
    *(f"<{transport}>" for transport in TRANSPORTS),
    *(f"<n{digit}>" for digit in range(10)),
    *(f"<${node}>" for node in range(1, MAX_NODES + 1)),
    *(f"<A{slot}>" for slot in range(1, MAX_SLOTS + 1)),
    *(f"<{tool.name}>" for tool in TOOLS),
    *(f"<i{unit}>" for unit in range(MAX_UNITS)),
)
"""The vocabulary. An id is a position in this tuple; a model carries the list, and the engine compares."""

_IDS = {token: number for number, token in enumerate(TOKENS)}
PAD, PLAN, EOS, NONE, YES, NO = (_IDS[token] for token in _FIXED)
TRANSPORT_IDS = {transport: _IDS[f"<{transport}>"] for transport in TRANSPORTS}
DIGIT_0 = _IDS["<n0>"]
REF_1 = _IDS["<$1>"]
SLOT_1 = _IDS["<A1>"]
TOOL_0 = _IDS[f"<{TOOLS[0].name}>"]
UNIT_0 = _IDS["<i0>"]


def split_units(sentence: str) -> list[tuple[int, int]]:
    """Character ranges of the words and punctuation marks; an underscore is a unit of its own."""
    return [match.span() for match in _UNIT.finditer(sentence)]


Locate = Callable[[Argument, str], tuple[int, int]]
"""Argument and value -> (first, last) unit. Raises SpanNotFound."""


def find_span(sentence: str, units: Sequence[tuple[int, int]], value: str, after: int = -1) -> tuple[int, int]:
    """First and last unit of `value` in the sentence: its first occurrence behind unit `after` if there is one,
    else its first one at all; case decides only between occurrences. Raises SpanNotFound."""
    value = value.strip()
    starts = {start: index for index, (start, _) in enumerate(units)}
    ends = {end: index for index, (_, end) in enumerate(units)}
    for text, wanted in ((sentence, value), (sentence.lower(), value.lower())):
        if len(text) != len(sentence):
            continue
        first: tuple[int, int] | None = None
        at = text.find(wanted) if wanted else -1
        while at >= 0:
            if at in starts and at + len(wanted) in ends:
                span = starts[at], ends[at + len(wanted)]
                if span[0] > after:
                    return span
                first = first or span
            at = text.find(wanted, at + 1)
        if first:
            return first
    raise SpanNotFound(f"{value!r} is not a span of the sentence")


def encode(sentence: str, nodes: Sequence[PlanNode], locate: Locate | None = None) -> list[int]:
    """Nodes -> token ids, ending in <eos>. Values are looked up in the sentence unless `locate` knows better.

    Raises SpanNotFound for a value that is no span of the sentence, UnknownTool, and InvalidArguments for what has no
    compact form.
    """
    units = split_units(sentence)
    if len(units) > MAX_UNITS or len(nodes) > MAX_NODES:
        raise InvalidArguments(f"the compact form ends at {MAX_UNITS} units and {MAX_NODES} nodes")
    if not nodes:
        return [NONE, EOS]
    ids: list[int] = []
    for node in nodes:
        ids.append(TOOL_0 + TOOLS.index(node.spec))
        start_ends = -1
        for slot, argument in enumerate(node.spec.arguments):
            value = node.arguments.get(argument.name)
            if value is None or value in ("", ()):
                continue

            def point(text: str, argument: Argument = argument, after: int = start_ends) -> tuple[int, int]:
                if locate:
                    return locate(argument, text)
                return find_span(sentence, units, text, after if argument.kind is Kind.END else -1)

            written = list(_encode_value(argument, value, point))
            if argument.kind is Kind.START and len(written) == 2:
                start_ends = written[1] - UNIT_0
            if written:  # a list of nothing but punctuation marks has no value
                ids += [SLOT_1 + slot, *written]
    return [*ids, EOS]


def _encode_value(argument: Argument, value: Value, point: Callable[[str], tuple[int, int]]) -> Iterable[int]:
    if isinstance(value, bool):
        yield YES if value else NO
    elif isinstance(value, int):
        if not 0 <= value < 10**MAX_DIGITS:
            raise InvalidArguments(f"{argument.name}: {value} has no compact form")
        yield from (DIGIT_0 + int(digit) for digit in str(value))
    elif isinstance(value, NodeRef):
        if value.node > MAX_NODES:
            raise InvalidArguments(f"{argument.name}: {value} has no compact form")
        yield REF_1 + value.node - 1
    elif isinstance(value, DatePhrase):
        yield from _pointers(value.phrase, point)
    elif isinstance(value, str):
        if argument.kind is Kind.TRANSPORT:
            if value not in TRANSPORT_IDS:
                raise InvalidArguments(f"{argument.name}: {value!r} is none of {', '.join(TRANSPORTS)}")
            yield TRANSPORT_IDS[value]
        else:
            yield from _pointers(value, point)
    else:
        for part in value.parts if isinstance(value, Template) else value:
            if isinstance(part, str) and not any(character.isalnum() for character in part):
                continue  # the space or the full stop between two parts is nobody's span
            yield from _encode_value(argument, part, point)


def _pointers(text: str, point: Callable[[str], tuple[int, int]]) -> tuple[int, int]:
    first, last = point(text)
    return UNIT_0 + first, UNIT_0 + last


@dataclass
class _Call:
    tool: Tool
    slot: int = -1  # the slot being written, or the last one written
    parts: list[str | NodeRef] = field(default_factory=list[str | NodeRef])
    digits: str = ""
    token: int | None = None  # yes/no or transport
    arguments: dict[str, Value] = field(default_factory=dict[str, Value])

    @property
    def argument(self) -> Argument:
        return self.tool.arguments[self.slot]


class CompactDecoder:
    """Grammar and decoder of the compact form for one sentence.

    `allowed()` gives the ids that may follow; `push(id)` takes one of them and returns the node that it completed,
    if any. `tools` limits the calls to the selected tools (all of them when None). With `calls_required` the plan has
    a call, where the sentence allows any. After `finished` nothing follows.
    Raises InvalidArguments when the sentence is too long or a pushed id is not allowed.
    """

    def __init__(self, sentence: str, tools: Iterable[str] | None = None, *, calls_required: bool = False) -> None:
        self._sentence = sentence
        self._units = split_units(sentence)
        if len(self._units) > MAX_UNITS:
            raise InvalidArguments(
                f"the sentence has {len(self._units)} words and marks; the embedded planner reads {MAX_UNITS}. "
                "Say it in two sentences, or set up the engine `openai`."
            )
        selected = None if tools is None else set(tools)
        self._calls_required = calls_required
        self._tools = [(n, tool) for n, tool in enumerate(TOOLS) if selected is None or tool.name in selected]
        self._call: _Call | None = None
        self._pointer: int | None = None
        self._started = self._none = False
        self._outputs: dict[int, Output] = {}
        self._read: set[tuple[str, int]] = set()  # tool, and each unit or result that it read
        every = [(unit, len(self._units) - 1) for unit in range(len(self._units))]
        written = {unit for a, b in written_addresses(sentence, self._units) for unit in range(a, b + 1)}
        # Kind -> first unit of a value -> last unit that it may reach.
        self._reach = {
            Kind.EMAILS: _within(mail_addresses(sentence, self._units), written),
            Kind.PHONES: _within(phone_numbers(sentence, self._units), set()),
            Kind.NAME: {first: last for first, last in every if first not in written},
        }
        self._anywhere = dict(every)
        self._torn_begins, self._torn_ends = around_apostrophes(sentence, self._units)
        self._transports = frozenset(transports(sentence))
        self._priorities = frozenset(str(number) for number in priorities(sentence))
        self._given: frozenset[str] = frozenset()  # which of them calls have
        self.finished = False

    def fork(self) -> CompactDecoder:
        """Another decoder at the same place, which can go another way."""
        other = copy(self)
        other._outputs, other._read = dict(self._outputs), set(self._read)
        if (call := self._call) is not None:
            other._call = replace(call, parts=list(call.parts), arguments=dict(call.arguments))
        return other

    def allowed(self) -> list[int]:
        if self.finished:
            return []
        if self._none:
            return [EOS]
        if not self._started:
            calls = self._callable({}) if self._units else []
            return calls if calls and self._calls_required else [NONE, *calls]
        call = self._call
        assert call is not None
        if self._pointer is not None:
            last = self._starts(call.argument)[self._pointer]
            taken = [token - UNIT_0 for name, token in self._read if name == call.tool.name]
            last = min([last, *(unit - 1 for unit in taken if unit > self._pointer)])
            ends = range(self._pointer, last + 1)
            return [UNIT_0 + unit for unit in ends if unit not in self._torn_ends] or [UNIT_0 + last]
        return self._inside(call) + (self._after(call) if self._closable(call) else [])

    def _binding(self, said: frozenset[str]) -> frozenset[str]:
        """What was said binds until calls have all of it: another call's may be in words that nobody can list."""
        return said if said - self._given else frozenset()

    def _closable(self, call: _Call) -> bool:
        """Whether the slot being written has a value (or none was begun)."""
        if call.digits and call.argument.kind is Kind.PRIORITY and (said := self._binding(self._priorities)):
            return call.digits in said
        return call.slot < 0 or bool(call.parts or call.digits) or call.token is not None

    def _inside(self, call: _Call) -> list[int]:
        """Tokens that begin or go on with the value of the current slot."""
        if call.slot < 0:
            return []
        argument = call.argument
        if argument.kind is Kind.PRIORITY and (said := self._binding(self._priorities)):
            begun = len(call.digits)
            going_on = {n[begun] for n in said if n.startswith(call.digits) and n != call.digits}
            return [DIGIT_0 + int(digit) for digit in sorted(going_on)]
        empty = not self._closable(call)
        pointers = [UNIT_0 + first for first in self._free(call.tool, argument)]
        if argument.kind is Kind.FLAG:
            return [YES, NO] if empty else []
        if argument.kind is Kind.TRANSPORT:
            means = self._binding(self._transports) or TRANSPORT_IDS
            return [TRANSPORT_IDS[name] for name in means] if empty else []
        digits = list(range(DIGIT_0, DIGIT_0 + 10)) if len(call.digits) < MAX_DIGITS and not call.parts else []
        if argument.kind is Kind.PRIORITY:
            return digits
        if argument.kind is Kind.DURATION:
            return digits + pointers if empty else digits if call.digits else []
        refs = self._results(call.tool, argument, self._outputs)
        refs = [ref for ref in refs if NodeRef(node=ref - REF_1 + 1) not in call.parts]
        if argument.kind is Kind.PATH:
            return refs + pointers if empty else []
        if argument.is_list or argument.accepts:
            return refs + pointers
        return pointers if empty else []

    def _after(self, call: _Call) -> list[int]:
        """Tokens that may follow a complete slot: further slots that can have a value, the next call, the end."""
        arguments = call.tool.arguments
        slots = range(call.slot + 1, len(arguments))
        missing = next((n for n in slots if arguments[n].required), None)
        following = [
            SLOT_1 + n
            for n in slots
            if (missing is None or n <= missing) and self._possible(call.tool, arguments[n], self._outputs)
        ]
        if missing is not None:
            return following
        if len(self._outputs) + 1 < MAX_NODES:
            following += self._callable(self._outputs | {len(self._outputs) + 1: call.tool.returns})
        return [*following, EOS]

    def _callable(self, outputs: Mapping[int, Output]) -> list[int]:
        """Selected tools whose required arguments can have a value: no message without a number said or looked up."""
        return [
            TOOL_0 + number
            for number, tool in self._tools
            if all(self._possible(tool, argument, outputs) for argument in tool.arguments if argument.required)
        ]

    def _possible(self, tool: Tool, argument: Argument, outputs: Mapping[int, Output]) -> bool:
        return bool(self._results(tool, argument, outputs)) or any(True for _ in self._free(tool, argument))

    def _results(self, tool: Tool, argument: Argument, outputs: Mapping[int, Output]) -> list[int]:
        """References that may stand in the argument."""
        refs = [REF_1 + node - 1 for node, output in outputs.items() if output in argument.accepts]
        return [ref for ref in refs if (tool.name, ref) not in self._read]

    def _starts(self, argument: Argument) -> dict[int, int]:
        return self._reach.get(argument.kind, self._anywhere)

    def _free(self, tool: Tool, argument: Argument) -> Iterator[int]:
        """First units that a value of the argument may have."""
        return (
            first
            for first in self._starts(argument)
            if first not in self._torn_begins and (tool.name, UNIT_0 + first) not in self._read
        )

    def push(self, token: int) -> PlanNode | None:
        if token not in self.allowed():
            name = TOKENS[token] if 0 <= token < len(TOKENS) else str(token)
            raise InvalidArguments(f"{name} cannot stand here")
        self._started = True
        if token == NONE:
            self._none = True
            return None
        if token == EOS:
            self.finished = True
            return self._complete()
        if TOOL_0 <= token < TOOL_0 + len(TOOLS):
            node = self._complete()
            self._call = _Call(TOOLS[token - TOOL_0])
            return node
        call = self._call
        assert call is not None
        if SLOT_1 <= token < SLOT_1 + MAX_SLOTS:
            self._close_slot(call)
            call.slot = token - SLOT_1
        elif UNIT_0 <= token < UNIT_0 + MAX_UNITS:
            if self._pointer is None:
                self._pointer = token - UNIT_0
            else:
                start, end = self._units[self._pointer][0], self._units[token - UNIT_0][1]
                call.parts.append(self._sentence[start:end])
                if _reads_once(call.tool):
                    self._read |= {(call.tool.name, unit) for unit in range(UNIT_0 + self._pointer, token + 1)}
                self._pointer = None
        elif REF_1 <= token < REF_1 + MAX_NODES:
            call.parts.append(NodeRef(node=token - REF_1 + 1))
            if _reads_once(call.tool):
                self._read.add((call.tool.name, token))
        elif DIGIT_0 <= token < DIGIT_0 + 10:
            call.digits += str(token - DIGIT_0)
        else:
            call.token = token
        return None

    def _close_slot(self, call: _Call) -> None:
        if call.slot < 0:
            return
        argument = call.argument
        value: Value
        if call.token is not None:
            value = call.token == YES if argument.kind is Kind.FLAG else TOKENS[call.token][1:-1]
        elif call.digits:
            value = int(call.digits)
        elif argument.is_list:
            value = tuple(call.parts)
        elif len(call.parts) == 1:
            part = call.parts[0]
            value = DatePhrase(phrase=part) if argument.kind in DATE_KINDS and isinstance(part, str) else part
        else:
            value = Template(parts=tuple(_spaced(call.parts)))
        if argument.kind in (Kind.PRIORITY, Kind.TRANSPORT):
            self._given |= {str(value)}
        call.arguments[argument.name] = value
        call.parts, call.digits, call.token = [], "", None

    def _complete(self) -> PlanNode | None:
        call = self._call
        if call is None:
            return None
        self._close_slot(call)
        node = PlanNode(id=len(self._outputs) + 1, tool=call.tool.name, arguments=call.arguments)
        self._outputs[node.id] = call.tool.returns
        return node


def _reads_once(tool: Tool) -> bool:
    """Whether the tool, given the same words or result once more, would only say the same."""
    return tool.effect is Effect.READ and len(tool.arguments) == 1


def _within(ranges: Sequence[UnitRange], whole: set[int]) -> dict[int, int]:
    """First unit -> last unit that a value may reach. A range inside `whole` is taken from its beginning only."""
    reach: dict[int, int] = {}
    for first, last in ranges:
        for unit in [first] if first in whole else range(first, last + 1):
            reach[unit] = max(last, reach.get(unit, last))
    return reach


def _spaced(parts: Sequence[str | NodeRef]) -> Iterable[str | NodeRef]:
    """Parts with a space between neighbours: the words said, then what was found."""
    for number, part in enumerate(parts):
        if number:
            yield " "
        yield part


def decode(sentence: str, ids: Sequence[int], tools: Iterable[str] | None = None) -> list[PlanNode]:
    """Token ids -> nodes. Raises InvalidArguments where the ids leave the grammar."""
    decoder = CompactDecoder(sentence, tools)
    return [node for node in map(decoder.push, ids) if node is not None]
