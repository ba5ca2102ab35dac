"""`tools`, `tool_choice` and `parallel_tool_calls` of a chat request."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from deskhand_contract.client_tools import ClientTool
from deskhand_contract.openai import ChatRequest
from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError
from pydantic import ValidationError

from ..errors import BadRequest

MAX_TOOLS = 128


@dataclass(frozen=True)
class Toolset:
    """`tools` are those of `declared` that the choice leaves; with none of them, nothing may be called.

    `required`: the plan has to call something. `parallel`: all calls that can be made are given at once.
    """

    declared: dict[str, ClientTool]
    tools: tuple[ClientTool, ...]
    required: bool = False
    parallel: bool = True


def read_toolset(request: ChatRequest) -> Toolset | None:
    """None for a request without tools. Raises BadRequest. Takes long for tools that are new: not for the loop."""
    if request.functions or request.function_call:
        message = "`functions` and `function_call` were replaced by `tools` and `tool_choice`; send these."
        raise BadRequest(message, code="functions_not_supported", param="functions")
    if not request.tools:
        if request.tool_choice not in (None, "none", "auto"):
            raise BadRequest("tool_choice needs `tools`.", code="invalid_value", param="tool_choice")
        return None
    if len(request.tools) > MAX_TOOLS:
        message = f"There are {len(request.tools)} tools; Deskhand plans with up to {MAX_TOOLS}."
        raise BadRequest(message, code="array_above_max_length", param="tools")
    tools: dict[str, ClientTool] = {}
    for number, given in enumerate(request.tools):
        tool = _tool(given, f"tools.{number}")
        if tool.name in tools:
            raise BadRequest(f"tools: {tool.name} is there twice.", code="invalid_value", param=f"tools.{number}")
        tools[tool.name] = tool
    names, required = _choice(request.tool_choice, tools)
    return Toolset(
        declared=tools,
        tools=tuple(tool for tool in tools.values() if tool.name in names),
        required=required,
        parallel=request.parallel_tool_calls is not False,
    )


def _tool(given: dict[str, Any], where: str) -> ClientTool:
    function = given.get("function")
    if given.get("type") != "function" or not isinstance(function, dict):
        message = f"{where}: Deskhand takes tools of the type function, not {str(given.get('type'))[:40]!r}."
        raise BadRequest(message, code="unsupported_tool", param=where)
    present = {name: function[name] for name in ("name", "description", "parameters") if function.get(name) is not None}
    try:
        tool = ClientTool.model_validate(present)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        field = ".".join(map(str, ("function", *first["loc"])))
        raise BadRequest(f"{where}.{field}: {first['msg']}.", code="invalid_tool", param=where) from None
    wrong = _schema_error(json.dumps(tool.parameters, sort_keys=True))
    if wrong:
        message = f"{where}: the parameters of {tool.name} are no JSON Schema: {wrong}."
        raise BadRequest(message, code="invalid_tool", param=where)
    if tool.parameters.get("type", "object") != "object":
        raise BadRequest(f"{where}: the parameters of {tool.name} are no object.", code="invalid_tool", param=where)
    return tool


@lru_cache(maxsize=512)
def _schema_error(schema: str) -> str | None:
    """What is wrong with a schema. Some 5 ms each, and the same tools come with every request of a loop."""
    try:
        Draft202012Validator.check_schema(json.loads(schema))
    except SchemaError as error:
        return error.message[:200]
    return None


def _choice(choice: str | dict[str, Any] | None, tools: dict[str, ClientTool]) -> tuple[set[str], bool]:
    """Names that may be called, and whether one has to be."""
    if choice is None or choice == "auto":
        return set(tools), False
    if choice == "none":
        return set(), False
    if choice == "required":
        return set(tools), True
    if isinstance(choice, dict):
        if choice.get("type") == "function":
            return {_known(choice, tools)}, True
        allowed = choice.get("allowed_tools")
        if choice.get("type") == "allowed_tools" and isinstance(allowed, dict):
            listed = allowed.get("tools")
            names = (
                {_known(tool, tools) for tool in listed if isinstance(tool, dict)}
                if isinstance(listed, list)
                else set()
            )
            return names, allowed.get("mode") == "required"
    message = "tool_choice is none, auto, required, or names a function."
    raise BadRequest(message, code="invalid_value", param="tool_choice")


def _known(choice: dict[str, Any], tools: dict[str, ClientTool]) -> str:
    function = choice.get("function")
    name = function.get("name") if isinstance(function, dict) else None
    if not isinstance(name, str) or name not in tools:
        message = f"tool_choice: {str(name)[:80]!r} is not among the tools {', '.join(tools)}."
        raise BadRequest(message, code="invalid_value", param="tool_choice")
    return name
