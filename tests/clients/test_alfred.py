"""The Alfred workflow as it is packed: what it shows and what it asks of a gateway, run as Alfred runs it."""

from __future__ import annotations

import os
import plistlib
import re
import shutil
import stat
import subprocess
import time
import zipfile
from pathlib import Path

import pytest
from deskhand_serving.testing import free_port

from clients.alfred import check, pack
from tests.clients.alfred import Alfred
from tests.clients.gateway import KEY, FakeGateway, node

pytestmark = pytest.mark.skipif(
    not shutil.which("jq") and "CI" not in os.environ, reason="jq comes with macOS; on Debian apt-get install jq"
)

SMS = {"name": "send_sms", "arguments": {"recipients": ["+1"], "message": "I am late"}}
RERUNS = 600


@pytest.fixture
def alfred(gateway: FakeGateway, tmp_path: Path) -> Alfred:
    home = tmp_path / "Library" / "Application Support" / "deskhand"
    home.mkdir(parents=True)
    (home / "api_key").write_text(KEY + "\n")
    return Alfred(tmp_path, {"url": gateway.url})


def titles(alfred: Alfred) -> list[str]:
    return [item.title for item in alfred.shown.items]


def signs(alfred: Alfred) -> list[str]:
    return [Path(item.icon.path).stem for item in alfred.shown.items if item.icon]


def rerun_until(alfred: Alfred, title: str) -> None:
    """As Alfred does: again and again for as long as the Script Filter asks for it."""
    for _ in range(RERUNS):
        if titles(alfred)[:1] == [title]:
            return
        alfred.rerun()
        time.sleep(0.05)
    raise AssertionError(f"{title} did not come: {titles(alfred)}")


def test_the_packed_workflow_has_nothing_wrong(tmp_path: Path) -> None:
    workflow = tmp_path / "Deskhand.alfredworkflow"
    pack.pack(workflow)
    assert list(check.problems(workflow)) == []


def test_the_same_sources_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        pack.pack(tmp_path / name)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        (lambda info: info["objects"].append(info["objects"][0]), "two objects have the uid"),
        (lambda info: info["objects"][1]["config"].update(script="/bin/sh ./gone.sh"), "runs gone.sh"),
        (lambda info: info["connections"].clear(), "cannot be reached"),
        (lambda info: info["connections"][pack.uid("say")][0].update(destinationuid="X"), "goes to X"),
        (lambda info: info["connections"][pack.uid("what")][0].update(sourceoutputuid="X"), "that is not there"),
        (lambda info: info["userconfigurationconfig"].pop(0), "cannot be configured"),
        (lambda info: info.update(bundleid=""), "has no bundleid"),
    ],
)
def test_the_checker_finds_what_is_wrong(broken, said: str, tmp_path: Path) -> None:
    workflow = tmp_path / "good.alfredworkflow"
    pack.pack(workflow)
    with zipfile.ZipFile(workflow) as good, zipfile.ZipFile(tmp_path / "bad.alfredworkflow", "w") as bad:
        for entry in good.infolist():
            content = good.read(entry)
            if entry.filename == "info.plist":
                info = plistlib.loads(content)
                broken(info)
                content = plistlib.dumps(info)
            bad.writestr(entry, content)
    assert any(said in line for line in check.problems(tmp_path / "bad.alfredworkflow"))


def test_the_plan_shows_while_one_types_and_nothing_is_carried_out(alfred: Alfred, gateway: FakeGateway) -> None:
    gateway.calls = [
        {"name": "create_calendar_event", "arguments": '{"title": "Lunch", "invitees": ["$1"], "notes": ""}'}
    ]
    rows = alfred.type("say", 'lunch with "Zoë" & $(Sid)')
    assert rows[0].title == 'Run “lunch with "Zoë" & $(Sid)”'
    assert (rows[1].title, rows[1].subtitle) == ("1. Create Calendar Event", "title: Lunch, invitees: $1")
    assert [body["model"] for _, body in gateway.asked] == ["deskhand-plan"]
    assert gateway.asked[0][1]["messages"][0]["content"] == 'lunch with "Zoë" & $(Sid)'


def test_what_deskhand_cannot_do_cannot_be_chosen(alfred: Alfred, gateway: FakeGateway) -> None:
    gateway.answer = "I can't do that."
    (row,) = alfred.type("say", "play jazz")
    assert (row.title, row.valid) == ("I can't do that.", False)


def test_rows_live_while_the_run_goes_on(alfred: Alfred, gateway: FakeGateway) -> None:
    gateway.calls = [{"name": "create_note", "arguments": "{}"}]
    gateway.nodes = [node(1, "dispatched"), 0, node(1, "done", text="Wrote “Note 1”."), node(2, "failed")]
    alfred.type("say", "write notes")
    alfred.choose("Run")
    while "1. Create Note" not in titles(alfred):
        alfred.rerun()
    assert signs(alfred) == ["answer", "dispatched"]
    gateway.go_on.set()
    rerun_until(alfred, "Wrote it.")
    assert signs(alfred) == ["answer", "done", "failed"]
    assert alfred.shown.items[1].subtitle == "Wrote “Note 1”."
    assert alfred.shown.rerun is None
    alfred.choose("Wrote it.")
    assert alfred.copied == "Wrote it."


@pytest.mark.parametrize(("command", "verdict"), [(False, "approve"), (True, "deny")])
def test_what_waits_is_approved_or_denied(alfred: Alfred, gateway: FakeGateway, command: bool, verdict: str) -> None:
    gateway.calls = [{"name": "send_sms", "arguments": "{}"}]
    gateway.nodes = [node(1, "done"), node(2, "needs_approval", **SMS)]
    gateway.answer = "A text waits."
    gateway.show_after("done", node(1, "done"), node(2, "done", **SMS), answer="It is settled.")
    alfred.type("say", "text them")
    alfred.choose("Run")
    rerun_until(alfred, "A text waits.")
    assert alfred.shown.items[2].subtitle == "↩ approve · ⌘↩ deny · recipients: +1, message: I am late"
    alfred.choose("2. Send Sms", command=command)
    assert gateway.asked[-1] == (f"POST /runs/run_1/{verdict}", {"nodes": [2]})
    assert titles(alfred)[0] == "It is settled."
    assert alfred.shown.rerun is None


def test_undo_takes_a_run_back_and_says_what_stays(alfred: Alfred, gateway: FakeGateway) -> None:
    gateway.show("done", node(1, "done", undo="possible"), node(2, "done", undo="possible"), node(3, "done"))
    kept = node(2, "done", undo="possible", error={"code": "cannot_undo", "message": "It was changed since."})
    gateway.show_after("done", node(1, "done", undo="done"), kept, node(3, "done"), answer="Took one note back.")
    (row,) = alfred.type("runs", "")
    assert row.title == "write notes"
    alfred.choose("write notes", command=True)
    assert gateway.asked[-1] == ("POST /runs/run_1/undo", {"nodes": [1, 2]})
    assert titles(alfred)[0] == "Took one note back."
    assert signs(alfred) == ["answer", "undone", "done", "done"]
    assert alfred.shown.items[2].subtitle == "It was changed since."


def test_a_run_from_the_list_is_shown_with_its_nodes(alfred: Alfred, gateway: FakeGateway) -> None:
    gateway.show("running", node(1, "dispatched"), answer=None)
    alfred.type("runs", "")
    alfred.choose("write notes")
    assert titles(alfred) == ["Under way…", "1. Create Note"]
    gateway.show("done", node(1, "done"))
    alfred.rerun()
    assert titles(alfred)[0] == "Wrote it."


def test_a_run_can_be_stopped(alfred: Alfred, gateway: FakeGateway) -> None:
    gateway.calls = [{"name": "create_note", "arguments": "{}"}]
    gateway.nodes = [node(1, "dispatched"), 0]
    gateway.show("cancelled", node(1, "skipped"), answer="Stopped.")
    alfred.type("say", "write notes")
    alfred.choose("Run")
    while "1. Create Note" not in titles(alfred):
        alfred.rerun()
    alfred.choose("Under way", command=True)
    assert gateway.left.wait(30)
    assert titles(alfred)[0] == "Stopped."


def test_a_recording_shows_what_was_heard_before_anything_is_done(
    alfred: Alfred, gateway: FakeGateway, tmp_path: Path
) -> None:
    memo = tmp_path / 'a "memo"; 1.m4a'
    memo.write_bytes(b"ftyp")
    gateway.calls = [{"name": "open_note", "arguments": "{}"}]
    alfred.act_on_file("recording", memo)
    assert titles(alfred)[0] == "Run “open my notes”"
    assert b"ftyp" in gateway.asked[0][1]
    gateway.heard = "  "
    alfred.act_on_file("recording", memo)
    assert titles(alfred) == [f"Nobody speaks in {memo.name}"]


def test_without_deskhand_it_says_how_to_start_it(alfred: Alfred) -> None:
    alfred.configuration["url"] = f"http://127.0.0.1:{free_port()}/v1"
    (row,) = alfred.type("say", "hello")
    assert row.title == "Deskhand does not run"
    assert "deskhand up" in (row.subtitle or "")
    assert [row.title for row in alfred.type("runs", "")] == ["Deskhand does not run"]


def test_a_missing_or_wrong_key_says_where_it_is(alfred: Alfred, gateway: FakeGateway, tmp_path: Path) -> None:
    alfred.configuration["api_key"] = "dk-wrong"
    assert [row.title for row in alfred.type("say", "hello")] == ["Deskhand does not know this key"]
    alfred.configuration |= {"api_key": "", "deskhand_home": str(tmp_path / "nowhere")}
    assert [row.title for row in alfred.type("say", "hello")] == [f"There is no API key in {tmp_path / 'nowhere'}"]
    assert gateway.asked == []


def test_what_the_gateway_refuses_is_said_in_its_words(alfred: Alfred) -> None:
    assert [row.title for row in alfred.type("say", "refuse")] == ["Say it shorter."]


def test_what_was_said_is_for_the_user_only(alfred: Alfred, gateway: FakeGateway) -> None:
    gateway.calls = [{"name": "create_note", "arguments": "{}"}]
    gateway.nodes = [0]
    alfred.type("say", "write notes")
    alfred.choose("Run")
    job = Path(alfred.variables["job"])
    assert stat.S_IMODE(job.stat().st_mode) == 0o700
    arguments = ""
    while "chat/completions" not in arguments:  # until it has become curl
        arguments = Path("/proc", (job / "pid").read_text().strip(), "cmdline").read_bytes().decode()
    assert KEY not in arguments
    assert "write notes" not in arguments


def test_a_mac_without_jq_is_told(alfred: Alfred, tmp_path: Path) -> None:
    tools = tmp_path / "bin"
    tools.mkdir()
    for name in ("sh", "cat", "curl"):
        os.symlink(shutil.which(name) or name, tools / name)
    done = subprocess.run(
        [str(tools / "sh"), "./preview.sh", "hello"],
        cwd=alfred.unpacked,
        env=alfred.environment() | {"PATH": str(tools)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert re.search("brew install jq", check.check_feedback(done.stdout, alfred.unpacked).items[0].subtitle or "")
