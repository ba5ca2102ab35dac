"""Which declarations of a client are Deskhand's own tools."""

from __future__ import annotations

from typing import Any

import pytest
from deskhand_contract.client_tools import ClientTool
from deskhand_contract.tools import TOOLS
from deskhand_gateway.client_tools.own import difference


def declared(tool_name: str, **changes: Any) -> ClientTool:
    """The registry's declaration with parts of its schema replaced."""
    tool = next(tool for tool in TOOLS if tool.name == tool_name)
    return ClientTool(name=tool_name, parameters={**tool.schema(), **changes})


def properties(tool_name: str, more: dict[str, Any] | None = None, **changes: Any) -> ClientTool:
    """With other properties; None takes one away. `more` are further parts of the schema."""
    given = {**declared(tool_name).parameters["properties"], **changes}
    return declared(tool_name, properties={key: value for key, value in given.items() if value}, **(more or {}))


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.name)
def test_the_registrys_own_declarations_are_its_own(tool: Any) -> None:
    assert difference(declared(tool.name)) is None


@pytest.mark.parametrize(
    "tool",
    [
        properties("create_note", name={"type": "string", "description": "Another description."}),
        properties("create_note", colour={"type": "string"}),
        properties("create_reminder", priority={"type": "number"}),
        properties("create_reminder", due_date={"type": "string", "format": "date-time"}),
        properties("maps_show_directions", transport={"enum": ["d", "w", "r", "b"]}),
        properties(
            "send_sms",
            {"$defs": {"Numbers": {"type": "array", "items": {"type": "string"}}}},
            recipients={"$ref": "#/$defs/Numbers"},
        ),
    ],
)
def test_a_declaration_that_takes_what_the_planner_writes_is_its_own(tool: ClientTool) -> None:
    assert difference(tool) is None


@pytest.mark.parametrize(
    ("tool", "why"),
    [
        (ClientTool(name="get_weather"), "none of Deskhand's own tools"),
        (ClientTool(name="create_note"), "does not take name="),
        (properties("create_note", folder=None), "does not take folder="),
        (properties("send_sms", recipients={"type": "string"}), "does not take recipients="),
        (properties("maps_show_directions", transport={"enum": ["d", "w"]}), "does not take transport='r'"),
        (properties("create_reminder", priority={"type": "integer", "maximum": 3}), "does not take priority=9"),
        (properties("create_reminder", due_date={"type": "string", "pattern": "^[0-9-]{10}T.*$"}), "due_date="),
        (declared("create_note", required=["colour"]), "requires colour"),
        (
            properties("create_note", {"required": ["folder"]}, folder={"type": "string", "minLength": 1}),
            "takes neither '' nor null",
        ),
        (properties("send_sms", recipients={"$ref": "#/$defs/Nowhere"}), "does not take recipients="),
    ],
)
def test_any_other_declaration_says_what_is_different(tool: ClientTool, why: str) -> None:
    assert why in (difference(tool) or "")
