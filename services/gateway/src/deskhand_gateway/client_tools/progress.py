"""A plan of client tools and what has come of it: which calls can be made now, and with what.

Nothing is kept between two requests but the plan: what has been called, and with what result, is in the messages. So a
request that is repeated, or two that go on from the same point, each get the same answer.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from deskhand_contract.client_tools import ClientNode, ClientTool
from deskhand_contract.plan import PlanNode
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError, best_match
from referencing.exceptions import Unresolvable

from ..errors import BadRequest
from .own import arguments_for
from .turn import Result

Node = PlanNode | ClientNode


@dataclass(frozen=True)
class Ready:
    """A call that can be made: references replaced, arguments checked against the client's schema."""

    node: Node
    arguments: dict[str, Any]


@dataclass(frozen=True)
class Failed:
    """Why a node did not succeed; `cause` is the failed node that a skipped one goes back to."""

    why: str
    cause: int | None = None


class Progress:
    """`declared` are the client's tools by name."""

    def __init__(self, declared: dict[str, ClientTool]) -> None:
        self._declared = declared
        self.nodes: list[Node] = []
        self.outputs: dict[int, str] = {}
        self.failures: dict[int, Failed] = {}

    def add(self, nodes: Sequence[Node]) -> None:
        self.nodes += nodes

    def take(self, node: Node, result: Result) -> None:
        """The client has called it."""
        if result.error is None:
            self.outputs[node.id] = result.text
        else:
            self.failures[node.id] = Failed(result.error)

    def ready(self) -> list[Ready]:
        """Every call that can be made, in plan order. A node that needs a failed one, or whose arguments the client's
        schema refuses, fails here. Raises BadRequest when the client no longer has a tool that the plan calls."""
        found: list[Ready] = []
        for node in self.nodes:  # what a node needs stands before it
            if node.id in self.outputs or node.id in self.failures:
                continue
            failed = next((dep for dep in node.deps if dep in self.failures), None)
            if failed is not None:
                cause = self.failures[failed].cause or failed
                self.failures[node.id] = Failed(f"node {cause} did not succeed", cause)
            elif all(dep in self.outputs for dep in node.deps):
                try:
                    found.append(Ready(node, self._arguments(node)))
                except _Unfit as error:
                    self.failures[node.id] = Failed(str(error))
        return found

    def _arguments(self, node: Node) -> dict[str, Any]:
        tool = self._declared.get(node.tool)
        if tool is None:
            message = f"The plan goes on with {node.tool}, which is not among the `tools` of this request."
            raise BadRequest(message, code="missing_tools", param="tools")
        arguments = node.resolve(self.outputs)
        if isinstance(node, PlanNode):
            return _checked(tool, arguments_for(tool, node, arguments))
        return _fitted(tool, node, arguments)


class _Unfit(Exception):
    """Arguments that the client's schema refuses."""


def _checked(tool: ClientTool, arguments: dict[str, Any]) -> dict[str, Any]:
    error = _first_error(tool, arguments)
    if error is not None:
        raise _Unfit(_told(error))
    return arguments


def _fitted(tool: ClientTool, node: ClientNode, arguments: dict[str, Any]) -> dict[str, Any]:
    """The arguments, where the schema wants more than a text with results read as JSON: "42" for a number."""
    while (error := _first_error(tool, arguments)) is not None:
        path = list(error.absolute_path)
        read = _read_results(node, _at(node.arguments, path), _at(arguments, path))
        if read is None:
            raise _Unfit(_told(error))
        arguments = _with(arguments, path, read[0])
    return arguments


def _first_error(tool: ClientTool, arguments: dict[str, Any]) -> ValidationError | None:
    try:
        return best_match(Draft202012Validator(tool.parameters).iter_errors(arguments))
    except (Unresolvable, RecursionError) as error:
        message = f"The parameters of {tool.name} cannot be followed: {str(error)[:200]}."
        raise BadRequest(message, code="invalid_tool", param="tools") from None


def _told(error: ValidationError) -> str:
    where = ".".join(map(str, error.absolute_path))
    return f"{where + ': ' if where else ''}{error.message[:300]}"


def _read_results(node: ClientNode, written: Any, value: Any) -> tuple[Any] | None:
    """The value with each text that was a "$k" read as JSON; None when that changes nothing."""
    if isinstance(written, str) and isinstance(value, str) and node.is_reference(written):
        try:
            read = json.loads(value)
        except (ValueError, RecursionError):
            return None
        return None if isinstance(read, str) else (read,)
    if isinstance(written, list) and isinstance(value, list):
        pairs: list[tuple[Any, Any, Any]] = [(n, written[n], item) for n, item in enumerate(value)]
    elif isinstance(written, dict) and isinstance(value, dict):
        pairs = [(name, written[name], item) for name, item in value.items()]
    else:
        return None
    changes = {key: read for key, before, item in pairs if (read := _read_results(node, before, item)) is not None}
    if not changes:
        return None
    changed = copy.copy(value)
    for key, read in changes.items():
        changed[key] = read[0]
    return (changed,)


def _at(value: Any, path: Sequence[Any]) -> Any:
    """None where `written` has no such place: a result that was read as JSON is deeper than what was written."""
    for key in path:
        try:
            value = value[key]
        except (KeyError, IndexError, TypeError):
            return None
    return value


def _with(value: Any, path: Sequence[Any], new: Any) -> Any:
    if not path:
        return new
    changed = copy.copy(value)
    changed[path[0]] = _with(value[path[0]], path[1:], new)
    return changed
