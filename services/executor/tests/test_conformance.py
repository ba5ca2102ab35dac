"""What every backend does for every tool. A further backend joins by its name in BACKENDS.

`openfiles` is the real one; `macos` is the real one over a Mac that stands in (see stand_ins/mac.py).
"""

from __future__ import annotations

import inspect
from typing import Any

import pytest
from deskhand_contract.services import Observation
from deskhand_contract.tools import TOOL_NAMES, TOOLS, Effect, get_tool
from deskhand_executor.backends.base import collect
from deskhand_executor.backends.openfiles import FILE_INDEX

BACKENDS = ("openfiles", "macos")
LEFT_IN_A_WINDOW = {"macos": {"compose_new_email", "reply_to_email", "forward_email"}, "openfiles": set[str]()}
"""What is not undone, because the user may have written on in the window."""
ARGUMENTS: dict[str, dict[str, Any]] = {
    "get_phone_number": {"name": "Sid"},
    "get_email_address": {"name": "Lutfi Eldad"},
    "create_calendar_event": {"title": "lunch", "start_date": "2026-03-12 12:00:00"},
    "open_and_get_file_path": {"file_name": "lease agreement"},
    "summarize_pdf": {"pdf_path": "lease agreement"},
    "compose_new_email": {"recipients": ["sid.rao@example.org"], "context": "I found his jacket"},
    "reply_to_email": {"context": "sounds good"},
    "forward_email": {"recipients": ["bo@example.org"]},
    "maps_open_location": {"location": "Alexanderplatz"},
    "maps_show_directions": {"end_location": "Alexanderplatz"},
    "create_note": {"name": "Trip", "content": "pack wellies"},
    "open_note": {"name": "Shopping"},
    "append_note_content": {"name": "Shopping", "content": "bananas"},
    "create_reminder": {"name": "call Shreya", "due_date": "2026-03-13"},
    "send_sms": {"recipients": ["+1 555 010 0101"], "message": "running late"},
    "get_zoom_meeting_link": {"topic": "sync", "start_time": "2026-03-12 15:00:00"},
}
"""Zoom's own API is tested in test_zoom; a Jitsi link needs no network."""


@pytest.fixture(params=BACKENDS)
def any_desk(request: pytest.FixtureRequest, make_desk: Any) -> Any:
    if request.param == "macos":
        request.getfixturevalue("mac")
    return make_desk(backend=request.param, meeting_provider="jitsi")


def test_every_tool_of_the_registry_is_tried_here() -> None:
    assert set(ARGUMENTS) == set(TOOL_NAMES)


def test_every_tool_of_the_registry_has_a_handler(any_desk: Any) -> None:
    assert set(any_desk.backend.handlers) == set(TOOL_NAMES)


@pytest.mark.parametrize("name", TOOL_NAMES)
def test_tool_observes_what_it_did(any_desk: Any, name: str) -> None:
    observation = any_desk.do(name, **ARGUMENTS[name])
    assert isinstance(observation, Observation)
    assert observation.output
    assert observation.text[0].isupper() or observation.text[0] == "“"
    assert "\n" in observation.text or not observation.text.endswith((".", "!", ";"))


@pytest.mark.parametrize("name", [tool.name for tool in TOOLS if tool.effect is Effect.WRITE])
def test_everything_written_can_be_undone(any_desk: Any, name: str) -> None:
    before = _files(any_desk)
    observation = any_desk.do(name, **ARGUMENTS[name])
    assert _files(any_desk) != before
    if name in LEFT_IN_A_WINDOW[any_desk.backend.name]:
        assert observation.undo is None
        assert "window" in observation.text or "open in Mail" in observation.text
        return
    undone = any_desk.undo(name, observation)
    assert undone.text.startswith(("Removed", "Took"))
    assert {path: content for path, content in _files(any_desk).items() if path in before} == before
    assert not [path for path in _files(any_desk) if path not in before and path.suffix in (".ics", ".md", ".json")]


@pytest.mark.parametrize("name", [tool.name for tool in TOOLS if tool.effect is Effect.READ])
def test_reading_changes_nothing(any_desk: Any, name: str) -> None:
    before = _files(any_desk)
    assert any_desk.do(name, **ARGUMENTS[name]).undo is None
    assert _files(any_desk) == before


def test_handlers_take_the_argument_model_of_their_tool(any_desk: Any) -> None:
    for name, handler in any_desk.backend.handlers.items():
        annotation = inspect.signature(handler, eval_str=True).parameters["arguments"].annotation
        assert annotation is get_tool(name).model


def test_a_tool_without_a_handler_is_refused_at_start() -> None:
    with pytest.raises(TypeError, match="get_phone_number has 0 handlers"):
        collect([])


def _files(desk: Any) -> dict[Any, bytes]:
    """All that is kept: the home's files, without the index of their names, and what the Mac's applications know."""
    files = [path for path in desk.home.rglob("*") if path.is_file() and not path.name.startswith(FILE_INDEX)]
    applications = desk.home.parent / "mac" / "state.json"
    return {path: path.read_bytes() for path in [*files, *([applications] if applications.exists() else [])]}
