"""Tools that a client brings along: their declarations, and calls of them as nodes.

A client carries its tools out itself, so they are no part of the registry: what they return is unknown, and what they
take is a JSON Schema. In plan text such a call has one argument, a JSON object:

    1. get_weather({"city": "Oslo"})
    2. send({"to": "Maya", "text": "It is $1."})
    3. join()<END_OF_PLAN>

Every string in the object may hold "$k", and a string that is nothing but "$k" may stand where the schema wants a
number, a list or an object: the tool's result takes its place, and has to fit there.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any, cast

from pydantic import BaseModel, ConfigDict, Field

from .errors import InvalidArguments, InvalidReference, PlanSyntaxError, UnknownTool
from .plan import NodeRef, Template, read_references
from .wire import CallScanner, ScannedCall


class ClientTool(BaseModel):
    """A function of a request's `tools`. `parameters` is the JSON Schema of its arguments."""

    model_config = ConfigDict(frozen=True)

    name: str = Field(pattern=r"^[a-zA-Z0-9_-]{1,64}$")
    description: str = ""
    parameters: dict[str, Any] = Field(default_factory=lambda: {"type": "object", "properties": {}})


class ClientNode(BaseModel):
    """One call of a client's tool. `arguments` is JSON with "$k" in its strings. Ids count from 1."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: int = Field(ge=1)
    tool: str
    arguments: dict[str, Any] = Field(default_factory=dict)

    @property
    def deps(self) -> tuple[int, ...]:
        """Ids of the nodes that this one needs, ascending, each once."""
        found: set[int] = set()

        def note(text: str) -> str:
            found.update(ref.node for ref in _parts(self._read(text)) if isinstance(ref, NodeRef))
            return text

        _map_strings(self.arguments, note)
        return tuple(sorted(found))

    def wire_arguments(self) -> dict[str, Any]:
        return self.arguments

    def resolve(self, outputs: Mapping[int, str]) -> dict[str, Any]:
        """Arguments with every "$k" replaced by that node's output. Raises InvalidReference when one is missing."""

        def put(text: str) -> str:
            return "".join(_output(part, outputs) for part in _parts(self._read(text)))

        return _map_strings(self.arguments, put)

    def is_reference(self, text: str) -> bool:
        """Whether the text is a "$k" and nothing else."""
        return isinstance(self._read(text), NodeRef)

    def _read(self, text: str) -> str | NodeRef | Template:
        return read_references(text, lambda node: 1 <= node < self.id)


def _parts(value: str | NodeRef | Template) -> Sequence[str | NodeRef]:
    return value.parts if isinstance(value, Template) else (value,)


def _output(part: str | NodeRef, outputs: Mapping[int, str]) -> str:
    if isinstance(part, str):
        return part
    if part.node not in outputs:
        raise InvalidReference(f"${part.node} has no output")
    return outputs[part.node]


def _map_strings(value: Any, change: Callable[[str], str]) -> Any:
    """The JSON value with every string in it changed; the names of an object's members stay."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, list):
        return [_map_strings(item, change) for item in cast(list[Any], value)]
    if isinstance(value, dict):
        return {name: _map_strings(item, change) for name, item in cast(dict[str, Any], value).items()}
    return value


class ClientPlanParser:
    """Plan text with calls of client tools in, nodes out; `PlanParser` for what is not in the registry.

    `feed` gives the nodes that the new text completed. That the arguments follow their schema is not looked at here.
    Raises PlanSyntaxError, UnknownTool, InvalidArguments or InvalidReference; the parser is of no use after that.
    """

    def __init__(self, tools: Collection[str]) -> None:
        self._tools = tools
        self._scanner = CallScanner()
        self._nodes = 0

    @property
    def finished(self) -> bool:
        return self._scanner.finished

    def feed(self, text: str) -> Iterator[ClientNode]:
        for call in self._scanner.feed(text):
            yield self._read(call)

    def close(self) -> None:
        """The stream has ended. Raises PlanSyntaxError when it ended inside a call."""
        self._scanner.close()

    def _read(self, call: ScannedCall) -> ClientNode:
        if call.name not in self._tools:
            raise UnknownTool(f"there is no tool {call.name!r}; the tools are {', '.join(self._tools)}")
        self._nodes += 1
        if call.number != self._nodes:
            raise PlanSyntaxError(f"{call.name} is call {self._nodes} of the plan and has the number {call.number}")
        try:
            arguments = json.loads(call.source.strip() or "{}", parse_constant=_no_constant)
        except ValueError as error:
            raise InvalidArguments(f"{call.name} takes one JSON object: {error}") from None
        if not isinstance(arguments, dict):
            raise InvalidArguments(f"{call.name} takes one JSON object, not {call.source[:80]}")
        return ClientNode(id=call.number, tool=call.name, arguments=cast(dict[str, Any], arguments))


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is not JSON")


def render_client_call(node: ClientNode) -> str:
    return f"{node.id}. {node.tool}({json.dumps(node.arguments, ensure_ascii=False)})"
