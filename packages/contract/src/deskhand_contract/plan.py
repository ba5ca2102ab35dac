"""A plan inside Deskhand: nodes with named, typed arguments and typed references.

Parsing happens at the edge (`wire`, `compact`); behind it there is no plan text and no dict.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, cast

from pydantic import BaseModel, ConfigDict, Field

from .errors import InvalidArguments, InvalidReference
from .tools import DATE_KINDS, LIST_KINDS, Argument, Kind, Output, Tool, get_tool

_REFERENCE_KINDS = LIST_KINDS | {Kind.PATH}
"""Addresses and paths: no value of these is a "$k" that somebody wrote as text."""
_LAST = 10**6
"""Stands for every node a text could name: what is read there never depends on how many nodes there are."""


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class NodeRef(_Frozen):
    """The output of an earlier node. A "$1" in somebody's prose is text and never becomes one."""

    node: int = Field(ge=1)

    def __str__(self) -> str:
        return f"${self.node}"


class Template(_Frozen):
    """Text in which outputs of earlier nodes stand: ("Here it is: ", $2)."""

    parts: tuple[str | NodeRef, ...]


class DatePhrase(_Frozen):
    """A date as it was said, and what it resolves to.

    `iso` is "YYYY-MM-DD HH:MM:SS", or "YYYY-MM-DD" where no clock time was said, in the user's local time;
    None as long as it is not resolved, or when it cannot be: then `error` says why, and the node fails.
    """

    phrase: str
    iso: str | None = None
    error: str | None = None


Scalar = str | bool | int | NodeRef | Template | DatePhrase
Value = Scalar | tuple[str | NodeRef | Template, ...]


class PlanNode(_Frozen):
    """One call of a plan. Ids count from 1; references point to smaller ids."""

    id: int = Field(ge=1)
    tool: str
    arguments: dict[str, Value] = Field(default_factory=dict)

    @property
    def spec(self) -> Tool:
        return get_tool(self.tool)

    @property
    def deps(self) -> tuple[int, ...]:
        """Ids of the nodes that this one needs, ascending, each once."""
        return tuple(sorted({ref.node for value in self.arguments.values() for ref in _refs(value)}))

    def wire_arguments(self) -> dict[str, Any]:
        """Arguments as JSON with "$k" for references and ISO dates: what an API client sees."""
        return {
            name: _wire(value, _LAST if self.spec.argument(name).kind in _REFERENCE_KINDS else self.id - 1)
            for name, value in self.arguments.items()
        }

    def resolve(self, outputs: Mapping[int, str]) -> dict[str, Any]:
        """Arguments as JSON with every reference replaced by that node's output.

        Text is never searched for "$k". Raises InvalidReference when an output is missing.
        """
        return {name: _resolve(value, outputs) for name, value in self.arguments.items()}

    def renumbered(self, ids: Mapping[int, int]) -> PlanNode:
        """The node with references moved to other ids. Raises KeyError for one that `ids` does not have."""
        moved = {name: _moved(value, ids) for name, value in self.arguments.items()}
        return self.model_copy(update={"arguments": moved})

    def check(self, earlier: Mapping[int, Output]) -> None:
        """Raise UnknownTool, InvalidArguments or InvalidReference unless the node fits behind `earlier`."""
        spec = self.spec
        for argument in spec.arguments:
            if argument.required and argument.name not in self.arguments:
                raise InvalidArguments(f"node {self.id}: {self.tool} needs {argument.name}")
        for name, value in self.arguments.items():
            argument = spec.argument(name)
            for ref in _refs(value):
                if ref.node not in earlier:
                    raise InvalidReference(f"node {self.id}: ${ref.node} is not an earlier node")
                if earlier[ref.node] not in argument.accepts:
                    raise InvalidReference(
                        f"node {self.id}: {name} cannot take ${ref.node}, which is a {earlier[ref.node]}"
                    )


def _refs(value: Value) -> Iterable[NodeRef]:
    if isinstance(value, NodeRef):
        yield value
    elif isinstance(value, Template):
        yield from (part for part in value.parts if isinstance(part, NodeRef))
    elif isinstance(value, tuple):
        for item in value:
            yield from _refs(item)


def _moved(value: Any, ids: Mapping[int, int]) -> Any:
    if isinstance(value, NodeRef):
        return NodeRef(node=ids[value.node])
    if isinstance(value, Template):
        return Template(parts=tuple(_moved(part, ids) for part in value.parts))
    if isinstance(value, tuple):
        return tuple(_moved(item, ids) for item in cast(tuple[Any, ...], value))
    return value


def _resolve(value: Value, outputs: Mapping[int, str]) -> Any:
    if isinstance(value, NodeRef):
        if value.node not in outputs:
            raise InvalidReference(f"${value.node} has no output")
        return outputs[value.node]
    if isinstance(value, Template):
        return "".join(_resolve(part, outputs) for part in value.parts)
    if isinstance(value, tuple):
        return [_resolve(item, outputs) for item in value]
    if isinstance(value, DatePhrase):
        return value.iso if value.iso is not None else value.phrase
    return value


_REF = re.compile(
    r"(?<!\\)(?P<backslashes>\\*+)"
    r"(?P<ref>\$(?:(?P<bare>\d{1,6})(?!\w|[.,:/]\d|%)|\{(?P<braced>\d{1,6})\}))"
    r"|(?<!\\)(?P<amount>\\++)(?=\$\{?\d)",
    re.ASCII,
)
"""What reads as a reference in wire text: not an amount ("$1.50", "$100k"). Backslashes before a dollar and a digit
count in pairs, one for each two; an odd one makes the reference text."""

_NUMBER = re.compile(r"\s*\d{1,9}\s*")

_NEEDS_BRACES = re.compile(r"\w|[.,:/]\d|%", re.ASCII)
"""Text that would make an amount of the bare reference before it."""


def _escape(text: str, last: int) -> str:
    """Write text so that it is read back as it is, where the nodes 1 to `last` could be referred to."""

    def guard(match: re.Match[str]) -> str:
        backslashes = 2 * (match["backslashes"] or match["amount"] or "")
        if match["ref"] is None:
            return backslashes
        read = last == _LAST or 1 <= int(match["bare"] or match["braced"]) <= last
        return backslashes + "\\" * read + match["ref"]

    return _REF.sub(guard, text)


def _wire_template(template: Template, last: int) -> str:
    written: list[str] = []
    for part, following in zip(template.parts, (*template.parts[1:], ""), strict=True):
        if isinstance(part, NodeRef):
            braces = isinstance(following, str) and _NEEDS_BRACES.match(following)
            written.append(f"${{{part.node}}}" if braces else str(part))
        else:
            trailing = len(part) - len(part.rstrip("\\")) if isinstance(following, NodeRef) else 0
            written.append(_escape(part, last) + "\\" * trailing)
    return "".join(written)


def _wire(value: Value, last: int) -> Any:
    if isinstance(value, NodeRef):
        return str(value)
    if isinstance(value, Template):
        return _wire_template(value, last)
    if isinstance(value, tuple):
        return [_wire(item, last) for item in value]
    if isinstance(value, DatePhrase):
        return value.iso if value.iso is not None else value.phrase
    return _escape(value, last) if isinstance(value, str) else value


def read_references(text: str, fits: Callable[[int], bool]) -> str | NodeRef | Template:
    """Text with "$k" -> typed value. "$k" is a reference only where `fits(k)`; an amount ("$1.50") or an escaped
    "\\$1" stays text."""
    parts: list[str | NodeRef] = []
    literal, position = "", 0
    for match in _REF.finditer(text):
        backslashes = match["backslashes"] or match["amount"] or ""
        literal += text[position : match.start()] + "\\" * (len(backslashes) // 2)
        position = match.end()
        if match["ref"] is None:
            continue
        node = _referred(match)
        if node is not None and fits(node):
            parts += [literal] * bool(literal) + [NodeRef(node=node)]
            literal = ""
        else:
            literal += match["ref"]
    literal += text[position:]
    if not parts:
        return literal
    parts += [literal] * bool(literal)
    return parts[0] if len(parts) == 1 and isinstance(parts[0], NodeRef) else Template(parts=tuple(parts))


def _referred(match: re.Match[str]) -> int | None:
    """The node of a "$k" that no backslash guards."""
    if match["ref"] is None or len(match["backslashes"]) % 2:
        return None
    return int(match["bare"] or match["braced"])


def read_text(text: str, argument: Argument, earlier: Mapping[int, Output]) -> str | NodeRef | Template:
    """Text with "$k" -> typed value, where "$k" is a reference only if node k is earlier and its output fits the
    argument.

    Raises InvalidReference where a whole address or path is a "$k" that is no such reference: that is nobody's text.
    """
    whole = _REF.fullmatch(text.strip()) if argument.kind in _REFERENCE_KINDS else None
    node = _referred(whole) if whole else None
    if node is not None and earlier.get(node) not in argument.accepts:
        why = f"which is a {earlier[node]}" if node in earlier else "which is not an earlier node"
        raise InvalidReference(f"{argument.name} cannot take ${node}, {why}")
    return read_references(text, lambda number: earlier.get(number) in argument.accepts)


def read_value(raw: Any, argument: Argument, earlier: Mapping[int, Output]) -> Value:
    """A JSON value with "$k" strings -> typed value of the argument's kind. Raises InvalidArguments."""

    def wrong(expected: str) -> InvalidArguments:
        return InvalidArguments(f"{argument.name} takes {expected}, not {raw!r}")

    if argument.is_list:
        texts: list[str] = []
        for item in cast(Sequence[Any], raw) if isinstance(raw, list | tuple) else [raw]:
            if item is not None and not isinstance(item, str):
                raise wrong("a list of texts")
            if item:
                texts.append(item)
        return tuple(read_text(text, argument, earlier) for text in texts)
    if argument.kind in (Kind.DURATION, Kind.PRIORITY):
        if isinstance(raw, bool):
            raise wrong("a number")
        if isinstance(raw, int):
            return raw
        if isinstance(raw, float) and raw.is_integer():
            return int(raw)
        if isinstance(raw, str) and _NUMBER.fullmatch(raw):
            return int(raw)
        if isinstance(raw, str) and argument.kind is Kind.DURATION:
            return raw
        raise wrong("a number")
    if argument.kind is Kind.FLAG:
        if isinstance(raw, bool):
            return raw
        if isinstance(raw, str) and raw.casefold() in ("true", "false", "yes", "no"):
            return raw.casefold() in ("true", "yes")
        if raw in (0, 1):
            return bool(raw)
        raise wrong("true or false")
    if isinstance(raw, int | float) and not isinstance(raw, bool):
        raw = str(raw)
    if not isinstance(raw, str):
        raise wrong("a text")
    if argument.kind in DATE_KINDS:
        return DatePhrase(phrase=raw)
    return read_text(raw, argument, earlier)


def read_node(id: int, tool: str, raw: Mapping[str, Any], earlier: Mapping[int, Output]) -> PlanNode:
    """A call with named JSON arguments -> a checked node. Empty values and nulls count as absent, in lists too.

    Raises UnknownTool, InvalidArguments, InvalidReference.
    """
    spec = get_tool(tool)
    given = {name: (spec.argument(name), value) for name, value in raw.items()}
    arguments = {
        name: read_value(value, argument, earlier)
        for name, (argument, value) in given.items()
        if value not in ("", None, [])
    }
    node = PlanNode(id=id, tool=tool, arguments={name: value for name, value in arguments.items() if value != ()})
    node.check(earlier)
    return node
