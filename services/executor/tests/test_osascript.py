"""How scripts are run: data unchanged, errors with what to do, one call at a time, never for ever."""

from __future__ import annotations

import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from deskhand_contract.errors import WireFailure
from deskhand_contract.services import Diagnosis
from deskhand_executor.app import create_app
from deskhand_executor.backends.macos import osascript as module
from deskhand_executor.backends.macos.osascript import SCRIPTS, Osascript
from deskhand_executor.errors import (
    ExecutorError,
    NotFound,
    NotPermitted,
    ToolTimeout,
    ToolUnavailable,
    UnusableArgument,
)
from deskhand_serving.testing import running

WAIT_S = 20.0
NASTY = (
    'say "hi"',
    'back\\slash \\" \\n',
    "two\nlines\r\nand a third",
    "line\u2028separator\u2029",
    '" & (do shell script "touch /tmp/owned") & "',
    "'; rm -rf ~; echo '",
    "$(id) `id` %s {0} ${HOME}",
    "end tell\nend run",
    "-e",
    "--",
    "«data utxt»",
    "\U0001f9a6 Zoë, 渡辺, \u200f\u202e",
    "tab\tand \x1f and \x01",
    "missing value",
    "",
)


@pytest.fixture
def osascript(mac: Any) -> Osascript:
    return Osascript(60.0)


@pytest.mark.parametrize("text", NASTY)
def test_texts_arrive_unchanged(osascript: Osascript, mac: Any, text: str) -> None:
    osascript.run("messages_send", "+15550100101", text)
    (call,) = mac.calls()
    assert call["arguments"] == ["+15550100101", text]
    assert call["path"] == str(SCRIPTS / "messages_send.applescript")
    assert mac.state["texts"][0]["text"] == text


@pytest.mark.parametrize("text", NASTY)
def test_results_come_back_unchanged(osascript: Osascript, mac: Any, text: str) -> None:
    mac.has(selected_mail={"message_id": "m", "subject": text, "sender": text, "reply_to": "r"})
    assert osascript.run("mail_selected") == ["m", text, text, "r"]


def test_what_no_process_can_be_given_is_left_out(osascript: Osascript, mac: Any) -> None:
    osascript.run("messages_send", "+15550100101", "a\0b\ud800c")
    assert mac.calls()[0]["arguments"][1] == "ab?c"


def test_every_call_has_a_boundary_of_its_own(osascript: Osascript, mac: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    boundaries: list[str] = []
    run = subprocess.run

    def noting(command: list[str], **options: Any) -> Any:
        boundaries.append(command[2])
        return run(command, **options)

    monkeypatch.setattr(module.subprocess, "run", noting)
    osascript.run("mail_check")
    osascript.run("mail_check")
    assert len(set(boundaries)) == 2


def test_script_gives_up_before_the_process_and_that_before_the_executor(osascript: Osascript, mac: Any) -> None:
    osascript.run("mail_check")
    assert mac.calls()[0]["timeout"] == 50


@pytest.mark.parametrize(
    ("code", "kind", "says"),
    [
        (-1743, NotPermitted, "System Settings, Privacy & Security, Automation"),
        (-1744, NotPermitted, "allow it"),
        (-10004, NotPermitted, "allow it"),
        (-1712, ToolTimeout, "look there whether it was done"),
        (-609, ToolTimeout, "quit while it worked"),
        (-600, ToolUnavailable, "open it and say it again"),
        (-10810, ToolUnavailable, "open it and say it again"),
        (-1728, NotFound, "does not have that any more (it does not want to)"),
        (-2741, ToolUnavailable, "report it with your version of macOS"),
        (-10000, ToolUnavailable, "Calendar refuses: it does not want to"),
    ],
)
def test_errors_of_macos_say_what_to_do(
    osascript: Osascript, mac: Any, code: int, kind: type[ExecutorError], says: str
) -> None:
    mac.fails("calendar_list", code)
    with pytest.raises(kind) as caught:
        osascript.run("calendar_list")
    assert type(caught.value) is kind
    assert "Calendar" in caught.value.error.message
    assert says in caught.value.error.message
    assert not caught.value.error.message.endswith(".")


def test_an_application_that_never_answers_is_given_up(mac: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MARGIN_S", 0.3)
    monkeypatch.setattr(module, "MIN_TIMEOUT_S", 0.1)
    mac.hangs("notes_index")
    with pytest.raises(ToolTimeout, match="Notes did not answer"):
        Osascript(0.1).run("notes_index")
    mac.has(failures={})
    assert Osascript(60).run("notes_check") == ["3"]  # nothing is left running that holds the application


def test_too_long_a_text_is_refused_before_anything_is_done(osascript: Osascript, mac: Any) -> None:
    with pytest.raises(UnusableArgument, match="too long for Messages"):
        osascript.run("messages_send", "+15550100101", "x" * 200_000)
    assert mac.calls() == []


def test_one_call_at_a_time_for_an_application_and_others_beside_it(
    osascript: Osascript, monkeypatch: pytest.MonkeyPatch
) -> None:
    together = threading.Barrier(2, timeout=WAIT_S)
    inside: dict[str, int] = {"Mail": 0, "Notes": 0}
    most = dict(inside)
    lock = threading.Lock()

    def answer(command: list[str], **options: Any) -> subprocess.CompletedProcess[bytes]:
        application = "Mail" if "mail_" in command[1] else "Notes"
        with lock:
            inside[application] += 1
            most[application] = max(most[application], inside[application])
        together.wait()  # a call of each has to be here for any to go on
        with lock:
            inside[application] -= 1
        return subprocess.CompletedProcess(command, 0, b"3\n", b"")

    monkeypatch.setattr(module.subprocess, "run", answer)
    with ThreadPoolExecutor(6) as pool:
        results = list(pool.map(osascript.run, ["mail_check", "notes_check"] * 3, timeout=WAIT_S))
    assert results == [["3"]] * 6
    assert most == {"Mail": 1, "Notes": 1}


def test_doctor_asks_every_application_and_reports_each(make_desk: Any, mac: Any) -> None:
    mac.fails("calendar_check", -1743)
    desk = make_desk(backend="macos")
    with running(create_app(desk.settings)) as url:
        answer = httpx.post(f"{url}/doctor", timeout=WAIT_S)
    diagnosis = Diagnosis.model_validate(answer.json())
    assert diagnosis.backend == "macos"
    assert {check.name: (check.ok, check.code) for check in diagnosis.checks} == {
        "Contacts": (True, ""),
        "Calendar": (False, "not_permitted"),
        "Mail": (True, ""),
        "Notes": (True, ""),
        "Reminders": (True, ""),
        "Messages": (True, ""),
    }
    assert sorted(mac.scripts()) == sorted(f"{check.name.lower()}_check" for check in diagnosis.checks)


def test_doctor_of_open_files_has_nothing_to_ask(desk: Any) -> None:
    with running(create_app(desk.settings)) as url:
        assert httpx.post(f"{url}/doctor", timeout=WAIT_S).json() == {"backend": "openfiles", "checks": []}


def test_a_refused_permission_is_an_error_with_a_code_on_the_wire(make_desk: Any, mac: Any) -> None:
    mac.fails("reminders_lists", -1743)
    desk = make_desk(backend="macos")
    request = desk.request("create_reminder", name="call the bank")
    with running(create_app(desk.settings)) as url:
        answer = httpx.post(f"{url}/execute", json=request.model_dump(), timeout=WAIT_S)
    failure = WireFailure.model_validate(answer.json())
    assert (answer.status_code, failure.error.code) == (403, "not_permitted")
