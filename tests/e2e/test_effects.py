"""Sentence -> plan -> effect, on the sample home; what is written is read as files, not asked of Deskhand."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import icalendar
from deskhand_cli.exits import Exit
from deskhand_cli.testing import RunningStack

ROOT = Path(__file__).resolve().parents[2]
MICRO = ROOT / "tests" / "fixtures" / "whisper-micro"
CLOCK = ("--now", "2026-03-11T09:30:00", "--timezone", "Europe/Berlin")


def do(stack: RunningStack, sentence: str) -> dict[str, Any]:
    done = stack.cli("do", "--json", *CLOCK, sentence)
    assert done.returncode == Exit.DONE, done.stdout + done.stderr
    return json.loads(done.stdout)


def components(folder: Path, kind: str) -> dict[str, Any]:
    """By their UID, so that a test can tell what is new: the home is shared by the whole session."""
    calendars = [icalendar.Calendar.from_ical(path.read_bytes()) for path in folder.rglob("*.ics")]
    return {str(component["uid"]): component for calendar in calendars for component in calendar.walk(kind)}


def added(before: dict[str, Any], folder: Path, kind: str) -> Any:
    (component,) = (c for uid, c in components(folder, kind).items() if uid not in before)
    return component


def test_the_demonstration_does_what_its_sentences_say() -> None:
    shown = subprocess.run([sys.executable, "demo/demo.py"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert shown.returncode == 0, shown.stdout + shown.stderr


def test_a_reminder_is_due_when_it_was_said(stack: RunningStack) -> None:
    before = components(stack.home / "reminders", "VTODO")
    answer = do(stack, "remind me to call the bank tomorrow at 9")
    todo = added(before, stack.home / "reminders", "VTODO")
    assert "bank" in todo["summary"]
    assert todo.decoded("due").isoformat().startswith("2026-03-12T09:00:00")
    assert "12 March" in answer["answer"]


def test_an_event_invites_the_people_by_their_addresses(stack: RunningStack) -> None:
    before = components(stack.home / "calendars", "VEVENT")
    do(stack, "put lunch with Kenji on Friday at noon in my calendar and invite him")
    event = added(before, stack.home / "calendars", "VEVENT")
    assert "lunch" in event["summary"].casefold()
    assert event.decoded("dtstart").isoformat().startswith("2026-03-13T12:00:00")
    assert "kenji@example.org" in str(event["attendee"])


def test_a_note_has_the_words_that_were_said(stack: RunningStack) -> None:
    do(stack, "make a note called Film saying buy two rolls")
    notes = [path for path in (stack.home / "notes").rglob("*.md") if path.stem == "Film"]
    assert len(notes) == 1
    assert "buy two rolls" in notes[0].read_text().casefold()


def test_a_failed_node_and_what_hangs_on_it_are_told_and_nothing_is_sent(stack: RunningStack) -> None:
    before = set((stack.home / "sms").rglob("*"))
    done = stack.cli("do", "--json", *CLOCK, "text Wilhelmina that I am late")
    told = json.loads(done.stdout)
    assert done.returncode == Exit.NODE_FAILED
    assert {event["status"] for event in told["events"]} >= {"failed", "skipped"}
    assert "Wilhelmina" in told["answer"]
    assert set((stack.home / "sms").rglob("*")) == before


def test_what_is_out_of_scope_writes_nothing(stack: RunningStack) -> None:
    before = {path: path.stat().st_mtime_ns for name in ("notes", "mail") for path in (stack.home / name).rglob("*")}
    done = stack.cli("do", *CLOCK, "play some jazz")
    assert done.returncode == Exit.NOTHING_TO_DO
    after = {path: path.stat().st_mtime_ns for name in ("notes", "mail") for path in (stack.home / name).rglob("*")}
    assert after == before


def test_a_dry_run_shows_the_plan_and_does_nothing(stack: RunningStack) -> None:
    done = stack.cli("do", "--dry-run", *CLOCK, "make a note called Ghost saying boo")
    assert done.returncode == Exit.DONE
    assert "create_note(" in done.stdout
    assert not list((stack.home / "notes").rglob("Ghost*"))


def test_status_says_that_all_is_well(stack: RunningStack) -> None:
    found = json.loads(stack.cli("status", "--json").stdout)
    assert found["ready"]
    assert [service["service"] for service in found["services"] if service["ready"]] == list(stack.state.services)


def test_the_command_line_carries_out_a_recording(stack: RunningStack) -> None:
    said = json.loads((MICRO / "micro.json").read_text())["recordings"]["plants.wav"]
    before = components(stack.home / "reminders", "VTODO")
    done = stack.cli("listen", str(MICRO / "audio" / "plants.wav"), "--language", "en", *CLOCK)
    assert f"“{said}”" in done.stderr
    assert done.returncode == Exit.DONE, done.stdout + done.stderr
    todo = added(before, stack.home / "reminders", "VTODO")
    assert str(todo.decoded("due")).startswith("2026-03-12 09:00:00")
