"""Whether a client's declaration is one of Deskhand's own tools: the embedded planner writes calls of these only.

It is when the client takes every argument that the planner may write, and needs none that it cannot. What the client
declares as required and nobody said gets the registry's default, or null.
"""

from __future__ import annotations

from typing import Any

from deskhand_contract.client_tools import ClientTool
from deskhand_contract.plan import PlanNode
from deskhand_contract.tools import TOOL_NAMES, TRANSPORTS, Argument, Kind, get_tool
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from referencing.exceptions import Unresolvable

_SAMPLES: dict[Kind, tuple[Any, ...]] = {
    Kind.START: ("2026-03-12 12:00:00",),
    Kind.END: ("2026-03-12",),
    Kind.DUE: ("2026-03-12",),
    Kind.EMAILS: (["a@example.org"],),
    Kind.PHONES: (["+49 30 1234"],),
    Kind.PATHS: (["/home/a/b.pdf"],),
    Kind.PATH: ("/home/a/b.pdf",),
    Kind.TRANSPORT: TRANSPORTS,
    Kind.DURATION: (1, 1440),
    Kind.PRIORITY: (0, 9),
    Kind.FLAG: (True, False),
}
_TEXT = ("any text",)


def difference(tool: ClientTool) -> str | None:
    """What keeps the declaration from being Deskhand's own tool of that name; None when nothing does."""
    if tool.name not in TOOL_NAMES:
        return f"{tool.name} is none of Deskhand's own tools"
    own = get_tool(tool.name)
    for argument in own.arguments:
        for sample in _SAMPLES.get(argument.kind, _TEXT):
            if not _takes(tool, argument, sample):
                return f"{tool.name} does not take {argument.name}={sample!r}, which Deskhand's own may pass"
    known = {argument.name for argument in own.arguments}
    unknown = [name for name in _required(tool) if name not in known]
    if unknown:
        return f"{tool.name} requires {', '.join(unknown)}, which Deskhand's own does not have"
    for argument in own.arguments:
        if argument.name in _required(tool) and not argument.required and not _fillings(tool, argument):
            return f"{tool.name} requires {argument.name}, and takes neither {argument.default!r} nor null"
    return None


def arguments_for(tool: ClientTool, node: PlanNode, arguments: dict[str, Any]) -> dict[str, Any]:
    """The arguments, with what the client requires and nobody said filled in."""
    for argument in node.spec.arguments:
        if argument.name in _required(tool) and argument.name not in arguments and not argument.required:
            arguments = arguments | {argument.name: _fillings(tool, argument)[0]}
    return arguments


def _required(tool: ClientTool) -> list[str]:
    return list(tool.parameters.get("required", []))


def _fillings(tool: ClientTool, argument: Argument) -> list[Any]:
    """Null first: it says that nobody said anything."""
    return [value for value in (None, argument.default) if _takes(tool, argument, value)]


def _takes(tool: ClientTool, argument: Argument, value: Any) -> bool:
    """Whether the declaration has the argument and its schema takes the value."""
    if argument.name not in tool.parameters.get("properties", {}):
        return False
    alone = {**tool.parameters, "required": []}
    try:
        Draft202012Validator(alone).validate({argument.name: value})
    except (ValidationError, Unresolvable):
        return False
    return True
