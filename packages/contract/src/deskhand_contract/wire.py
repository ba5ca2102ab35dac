"""TinyAgent's wire form of a plan, both ways.

    1. get_email_address("Sid")
    2. create_calendar_event("Lunch", "2026-03-12 12:00:00", "", "", ["$1"], "", "")
    3. join()<END_OF_PLAN>

`PlanParser` is incremental: it takes the text in pieces of any size, one character at a time inside, and
gives each node the moment its closing parenthesis arrives. Quotes, escapes, brackets and newlines inside
strings never end a call. Keyword arguments keep their names. Lines that are no call ("Thought: ...") are
passed over. Calls may be numbered with gaps; the nodes count from 1.

Every position has to be written, so a position that holds the argument's default counts as absent: nobody said it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from enum import Enum, auto
from typing import Any, NamedTuple, cast

from .errors import InvalidArguments, PlanSyntaxError
from .plan import DatePhrase, PlanNode, read_node
from .tools import Output, Tool, get_tool

END_OF_PLAN = "<END_OF_PLAN>"
MAX_CALL_CHARS = 100_000
"""A call longer than this is refused instead of buffered without bound."""

MAX_HEAD_CHARS = 100

_NAME = r"\d*[A-Za-z_][\w-]*"  # "2d-plot" is a name that the API allows
_HEAD = re.compile(rf"\s*(?:(\d{{1,9}})\s*[.):]\s*)?({_NAME})\s*")
_HEAD_SO_FAR = re.compile(rf"\s*(?:\d{{1,9}}\s*(?:[.):]\s*\d*)?)?|\s*(?:\d{{1,9}}\s*[.):]\s*)?{_NAME}\s*")
_KEYWORD = re.compile(r"([A-Za-z_]\w*)\s*=")
_BARE = re.compile(r"[^\s,\[\](){}\"'=]+(?:\{\d+\})?")
_HEX4 = re.compile(r"[0-9a-fA-F]{4}")
_SURROGATE = re.compile("[\ud800-\udfff]")
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "0": "\0"}


class _State(Enum):
    HEAD = auto()  # at the beginning of a line: before the opening parenthesis of a call, as far as one can tell
    CALL = auto()  # inside the parentheses
    TAIL = auto()  # behind a call, up to the end of its line
    PROSE = auto()  # in a line that is no call
    DONE = auto()  # join() was read


class ScannedCall(NamedTuple):
    """One call as it was written: its number, the tool's name, the text between its parentheses."""

    number: int
    name: str
    source: str


class CallScanner:
    """Plan text in, calls out, each when its closing parenthesis arrives; what is in the parentheses is not read.

    Calls are numbered from `first`. Raises PlanSyntaxError; the scanner is of no use after that. `finished` turns true
    with join().
    """

    def __init__(self, first: int = 1) -> None:
        self._first = first
        self._state = _State.HEAD
        self._otherwise = _State.PROSE  # what the line is when its HEAD turns out not to be one
        self._text: list[str] = []
        self._head: tuple[str | None, str] = (None, "")  # number and name of the call
        self._closers: list[str] = []
        self._quote = ""
        self._escaped = False
        self._numbers: set[int] = set()
        self.finished = False

    def feed(self, text: str) -> Iterator[ScannedCall]:
        for character in text:
            call = self._push(character)
            if call is not None:
                yield call

    def close(self) -> None:
        """The stream has ended. Raises PlanSyntaxError when it ended inside a call."""
        if self._state is _State.CALL:
            raise PlanSyntaxError(f"the plan ends inside a call: {self._head[1]}({''.join(self._text)[:80]}")

    def _push(self, character: str) -> ScannedCall | None:
        if self._state is _State.DONE:
            return None
        if self._state in (_State.TAIL, _State.PROSE):
            if character == "\n":
                self._new_line()
            elif character.isdecimal() and self._state is _State.TAIL:  # a next call on the same line
                self._text, self._state = [character], _State.HEAD
            return None
        if self._state is _State.HEAD:
            self._push_in_head(character)
            return None
        return self._push_in_call(character)

    def _push_in_head(self, character: str) -> None:
        """Looks again at the whole head for each character; MAX_HEAD_CHARS bounds that."""
        if character == "\n":
            self._new_line()
            return
        head = "".join(self._text)
        call = _HEAD.fullmatch(head) if character == "(" else None
        if call and (call[1] or call[2] == "join"):
            self._head = call[1], call[2]
            self._text, self._state, self._closers = [], _State.CALL, [")"]
        elif len(head) < MAX_HEAD_CHARS and _HEAD_SO_FAR.fullmatch(head + character):
            self._text.append(character)
        else:
            self._state = self._otherwise
            self._push(character)

    def _new_line(self) -> None:
        self._text, self._state, self._otherwise = [], _State.HEAD, _State.PROSE

    def _push_in_call(self, character: str) -> ScannedCall | None:
        if len(self._text) > MAX_CALL_CHARS:
            raise PlanSyntaxError(f"the call {self._head[1]} is longer than {MAX_CALL_CHARS} characters")
        if self._quote:
            if self._escaped:
                self._escaped = False
            elif character == "\\":
                self._escaped = True
            elif character == self._quote:
                self._quote = ""
        elif character in "\"'":
            self._quote = character
        elif character in "([{":
            self._closers.append({"(": ")", "[": "]", "{": "}"}[character])
        elif character in ")]}":
            if character != self._closers.pop():
                raise PlanSyntaxError(f"unbalanced {character!r} in the call {self._head[1]}")
            if not self._closers:
                return self._complete()
        self._text.append(character)
        return None

    def _complete(self) -> ScannedCall | None:
        written, name = self._head
        source = "".join(self._text)
        self._text, self._state, self._otherwise = [], _State.TAIL, _State.TAIL
        if name == "join":
            self._state, self.finished = _State.DONE, True
            return None
        number = int(written or 0)
        if number < self._first or number in self._numbers:
            raise PlanSyntaxError(f"calls are numbered from {self._first}, each once, but {name} is {number}")
        self._numbers.add(number)
        return ScannedCall(number, name, source)


class PlanParser:
    """Plan text in, nodes out.

    `feed` returns the nodes that the new text completed, already checked against the registry. Raises
    PlanSyntaxError, UnknownTool, InvalidArguments or InvalidReference; the parser is of no use after that.

    A plan that goes on from `previous` nodes is numbered on from the last, and may refer to those of `outputs`.
    """

    def __init__(self, previous: int = 0, outputs: Mapping[int, Output] | None = None) -> None:
        self._scanner = CallScanner(previous + 1)
        self._ids = {number: number for number in range(1, previous + 1)}  # number as written -> node id
        self._outputs = dict(outputs or {})  # by number as written

    @property
    def finished(self) -> bool:
        return self._scanner.finished

    def feed(self, text: str) -> list[PlanNode]:
        return [self._read(call) for call in self._scanner.feed(text)]

    def close(self) -> None:
        """The stream has ended. Raises PlanSyntaxError when it ended inside a call."""
        self._scanner.close()

    def _read(self, call: ScannedCall) -> PlanNode:
        # Read with the numbers as written; where these have gaps, the references move with the calls.
        tool = get_tool(call.name)
        node = read_node(call.number, call.name, _read_arguments(call.source, tool), self._outputs)
        self._ids[call.number] = len(self._ids) + 1
        self._outputs[call.number] = node.spec.returns
        if any(one != other for one, other in self._ids.items()):
            node = node.renumbered(self._ids).model_copy(update={"id": self._ids[call.number]})
        return node


def parse_plan(text: str) -> list[PlanNode]:
    """A whole plan text -> its nodes. Raises as PlanParser does."""
    parser = PlanParser()
    nodes = parser.feed(text)
    parser.close()
    return nodes


def _read_arguments(source: str, tool: Tool) -> dict[str, Any]:
    """The text between the parentheses -> JSON values by name."""
    positional, named = _ArgumentReader(source).read()
    if len(positional) > len(tool.arguments):
        raise InvalidArguments(f"{tool.name} takes {len(tool.arguments)} arguments, not {len(positional)}")
    places = list(zip(tool.arguments, positional, strict=False))
    for argument, _ in places:
        if argument.name in named:
            raise InvalidArguments(f"{tool.name}: {argument.name} is given twice")
    return {argument.name: value for argument, value in places if value != argument.default} | named


class _ArgumentReader:
    """The text between a call's parentheses -> positional and named values (str, int, float, bool, None, list)."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._at = 0

    def read(self) -> tuple[list[Any], dict[str, Any]]:
        positional: list[Any] = []
        named: dict[str, Any] = {}
        self._skip()
        while self._at < len(self._source):
            keyword = _KEYWORD.match(self._source, self._at)
            if keyword:
                self._at = keyword.end()
                if keyword[1] in named:
                    raise InvalidArguments(f"{keyword[1]} is given twice")
                named[keyword[1]] = self._value()
            elif named:
                raise PlanSyntaxError(f"a positional argument follows a named one: {self._rest()}")
            else:
                positional.append(self._value())
            self._skip()
            if self._at < len(self._source):
                self._expect(",")
                self._skip()
        return positional, named

    def _rest(self) -> str:
        return repr(self._source[self._at : self._at + 40])

    def _skip(self) -> None:
        while self._at < len(self._source) and self._source[self._at].isspace():
            self._at += 1

    def _expect(self, character: str) -> None:
        if self._source[self._at : self._at + 1] != character:
            raise PlanSyntaxError(f"expected {character!r} at {self._rest()}")
        self._at += 1

    def _value(self) -> Any:
        self._skip()
        character = self._source[self._at : self._at + 1]
        if not character:
            raise PlanSyntaxError("a value is missing")
        if character in "\"'":
            return self._string(character)
        if character == "[":
            return self._list()
        bare = _BARE.match(self._source, self._at)
        if not bare:
            raise PlanSyntaxError(f"no value at {self._rest()}")
        self._at = bare.end()
        return self._bare(bare[0])

    @staticmethod
    def _bare(word: str) -> Any:
        if re.fullmatch(r"\$\d+|\$\{\d+\}", word):
            return word
        if word.casefold() in ("true", "false"):
            return word.casefold() == "true"
        if word.casefold() in ("none", "null"):
            return None
        if re.fullmatch(r"[-+]?\d{1,18}", word, re.ASCII):
            return int(word)
        if re.fullmatch(r"[-+]?\d{1,18}\.\d{1,18}", word, re.ASCII):
            return float(word)
        raise PlanSyntaxError(f"{word!r} is not a value: texts need quotes")

    def _list(self) -> list[Any]:
        self._expect("[")
        items: list[Any] = []
        self._skip()
        while self._source[self._at : self._at + 1] != "]":
            if self._source[self._at : self._at + 1] == "[":
                raise PlanSyntaxError("a list inside a list")
            items.append(self._value())
            self._skip()
            if self._source[self._at : self._at + 1] == ",":
                self._at += 1
                self._skip()
            elif self._source[self._at : self._at + 1] != "]":
                raise PlanSyntaxError(f"expected ',' or ']' at {self._rest()}")
        self._at += 1
        return items

    def _string(self, quote: str) -> str:
        self._at += 1
        out: list[str] = []
        while self._at < len(self._source):
            character = self._source[self._at]
            self._at += 1
            if character == quote:
                return _whole("".join(out))
            if character != "\\":
                out.append(character)
                continue
            escape = self._source[self._at : self._at + 1]
            self._at += 1
            digits = _HEX4.match(self._source, self._at) if escape == "u" else None
            if digits:
                self._at = digits.end()
                out.append(chr(int(digits[0], 16)))
            elif escape in _ESCAPES:
                out.append(_ESCAPES[escape])
            elif escape in ("\\", '"', "'", "/"):
                out.append(escape)
            else:  # no escape that we know: both characters stay ("\$1" is read by the reference rule)
                out.append("\\" + escape)
        raise PlanSyntaxError("a text is not closed")


def _whole(text: str) -> str:
    """Two escaped surrogates are one character; half a one, which no JSON can carry on, becomes U+FFFD."""
    if not _SURROGATE.search(text):
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def render_call(node: PlanNode) -> str:
    """One node -> `name(positional, arguments)`, every argument written out."""
    values = node.wire_arguments()
    cells: list[str] = []
    for argument in node.spec.arguments:
        value = values.get(argument.name, argument.default)
        if isinstance(value, list):
            cells.append("[" + ", ".join(map(_quote, cast(list[str], value))) + "]")
        elif isinstance(value, int):  # True and False too
            cells.append(str(value))
        else:
            cells.append(_quote(value or ""))
    return f"{node.tool}({', '.join(cells)})"


def _quote(text: str) -> str:
    # A surrogate cannot be written as UTF-8; json.dumps with ensure_ascii=False would let it through.
    return json.dumps(text, ensure_ascii=bool(_SURROGATE.search(text)))


def render_plan(nodes: Sequence[PlanNode]) -> str:
    lines = [f"{node.id}. {render_call(node)}" for node in nodes]
    return "\n".join([*lines, f"{len(nodes) + 1}. join(){END_OF_PLAN}"])


def unresolved(node: PlanNode) -> PlanNode:
    """The node with plain date phrases, as the wire form gives it back (an ISO date is its own phrase)."""
    arguments = {
        name: DatePhrase(phrase=value.iso or value.phrase) if isinstance(value, DatePhrase) else value
        for name, value in node.arguments.items()
    }
    return node.model_copy(update={"arguments": arguments})
