import re

import pytest
from deskhand_contract.compact import TOKENS
from deskhand_contract.errors import InvalidArguments, UnknownTool
from deskhand_contract.openai import tool_schemas
from deskhand_contract.tools import LIST_KINDS, TOOL_NAMES, TOOLS, Effect, Kind, get_tool

SIGNATURES = """
get_phone_number(name)
get_email_address(name)
create_calendar_event(title, start_date, end_date, location, invitees, notes, calendar)
open_and_get_file_path(file_name)
summarize_pdf(pdf_path)
compose_new_email(recipients, cc, subject, context, attachments)
reply_to_email(cc, context, attachments)
forward_email(recipients, cc, context, attachments)
maps_open_location(location)
maps_show_directions(start_location, end_location, transport)
create_note(name, content, folder)
open_note(name, folder)
append_note_content(name, content, folder)
create_reminder(name, due_date, notes, list_name, priority, all_day)
send_sms(recipients, message)
get_zoom_meeting_link(topic, start_time, duration, meeting_invitees)
"""


def test_the_sixteen_tools_stand_in_tinyagents_order_and_form():
    """Models are trained on this order: a change here makes every one of them useless."""
    written = [f"{tool.name}({', '.join(argument.name for argument in tool.arguments)})" for tool in TOOLS]
    assert written == SIGNATURES.split("\n")[1:-1]


def test_the_compact_vocabulary_is_pinned():
    assert len(TOKENS) == len(set(TOKENS)) == 185
    assert TOKENS[:9] == ("<pad>", "<plan>", "<eos>", "<none>", "<yes>", "<no>", "<d>", "<w>", "<r>")
    assert TOKENS[9] == "<n0>"
    assert TOKENS[19] == "<$1>"
    assert TOKENS[34] == "<A1>"
    assert TOKENS[41:57] == tuple(f"<{name}>" for name in TOOL_NAMES)
    assert TOKENS[57] == "<i0>"


def test_every_reference_has_a_tool_that_brings_it():
    returned = {tool.returns for tool in TOOLS}
    for tool in TOOLS:
        for argument in tool.arguments:
            assert argument.accepts <= returned


def test_arguments_that_name_others_take_references():
    for tool in TOOLS:
        for argument in tool.arguments:
            if argument.kind in LIST_KINDS | {Kind.PATH}:
                assert argument.accepts


def test_defaults_satisfy_their_own_model():
    for tool in TOOLS:
        sample = {a.name: ["x"] if a.is_list else "x" for a in tool.arguments if a.required}
        checked = tool.validate(sample)
        for argument in tool.arguments:
            if not argument.required:
                assert getattr(checked, argument.name) == argument.default


def test_what_leaves_the_machine_is_known():
    assert {tool.name for tool in TOOLS if tool.effect is Effect.SEND} == {"send_sms", "get_zoom_meeting_link"}


def test_unknown_names_are_refused_with_the_known_ones():
    with pytest.raises(UnknownTool, match="send_sms"):
        get_tool("send_fax")
    with pytest.raises(InvalidArguments, match="recipients, message"):
        get_tool("send_sms").argument("text")


@pytest.mark.parametrize(
    ("tool", "arguments", "where"),
    [
        ("send_sms", {"recipients": [], "message": "x"}, "recipients"),
        ("send_sms", {"recipients": ["1"]}, "message"),
        ("create_reminder", {"name": "x", "priority": 10}, "priority"),
        ("maps_show_directions", {"end_location": "x", "transport": "rocket"}, "transport"),
        ("create_note", {"colour": "red"}, "colour"),
    ],
)
def test_wrong_values_are_refused_by_name(tool, arguments, where):
    with pytest.raises(InvalidArguments, match=f"{tool}: {where}"):
        get_tool(tool).validate(arguments)


def test_openai_schemas_are_closed_objects_with_described_properties():
    schemas = tool_schemas()
    assert [schema["function"]["name"] for schema in schemas] == list(TOOL_NAMES)
    for schema in schemas:
        function = schema["function"]
        assert re.fullmatch(r"[A-Za-z0-9_-]{1,64}", function["name"])
        assert function["description"]
        parameters = function["parameters"]
        assert parameters["type"] == "object"
        assert parameters["additionalProperties"] is False
        assert set(parameters.get("required", [])) <= set(parameters["properties"])
        for entry in parameters["properties"].values():
            assert entry["type"] in {"string", "integer", "boolean", "array"}
            assert entry["description"]
            assert "title" not in entry
            if entry["type"] == "array":
                assert entry["items"] == {"type": "string"}
