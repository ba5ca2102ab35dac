"""A desk: a backend on a sample home, with the clock of the evaluation set (a Wednesday in Berlin); and a Mac, which
stands in for the applications that the backend `macos` drives."""

from __future__ import annotations

import itertools
import json
import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from deskhand_contract.services import Clock, ExecuteRequest, Observation
from deskhand_contract.tools import get_tool
from deskhand_executor.backends import create_backend
from deskhand_executor.backends.base import Backend
from deskhand_executor.call import Call
from deskhand_executor.sample import write_sample_home
from deskhand_executor.sample.people import OWNER, OWNER_MAIL
from deskhand_executor.settings import ExecutorSettings

CLOCK = Clock(now="2026-03-11T09:30:00", timezone="Europe/Berlin")
TODAY = date(2026, 3, 11)


@dataclass
class Desk:
    home: Path
    settings: ExecutorSettings
    backend: Backend
    clock: Clock = CLOCK
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def request(self, tool: str, **arguments: Any) -> ExecuteRequest:
        return ExecuteRequest(run="run-1", node=next(self.numbers), tool=tool, arguments=arguments, clock=self.clock)

    def do(self, tool: str, **arguments: Any) -> Observation:
        request = self.request(tool, **arguments)
        return self.backend.handlers[tool](get_tool(tool).validate(arguments), Call.of(request))

    def undo(self, tool: str, observation: Observation) -> Observation:
        assert observation.undo is not None
        return self.backend.undo_handlers[tool](observation.undo)


@dataclass
class Mac:
    """The stand-in's home: its state, which tests set and look at, and the calls that it got."""

    home: Path

    @property
    def state(self) -> dict[str, Any]:
        return json.loads((self.home / "state.json").read_text())

    def has(self, **changes: Any) -> None:
        (self.home / "state.json").write_text(json.dumps(self.state | changes))

    def fails(self, script: str, code: int, words: str = "Calendar got an error: it does not want to.") -> None:
        self.has(failures={**self.state["failures"], script: [code, words]})

    def hangs(self, script: str) -> None:
        self.has(failures={**self.state["failures"], script: "hangs"})

    def calls(self, program: str = "osascript") -> list[dict[str, Any]]:
        file = self.home / "calls.jsonl"
        calls = [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []
        return [call for call in calls if call["program"] == program]

    def scripts(self) -> list[str]:
        return [call["script"] for call in self.calls()]


MakeDesk = Callable[..., Desk]


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DESKHAND_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("HOME", str(tmp_path / "user"))
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "DESKHAND_INTERNAL_TOKEN"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="session")
def sample_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("sample") / "home"
    write_sample_home(home, TODAY)
    return home


@pytest.fixture
def make_desk(tmp_path: Path, sample_home: Path) -> Iterator[MakeDesk]:
    """Options are settings; `sample=False` leaves the home empty."""
    desks: list[Desk] = []

    def make(sample: bool = True, **options: Any) -> Desk:
        home = tmp_path / "home"
        if sample and not home.exists():
            shutil.copytree(sample_home, home)
        settings = ExecutorSettings(**{"home": home, "user_name": OWNER, "user_mail": OWNER_MAIL, **options})
        desks.append(Desk(home, settings, create_backend(settings)))
        return desks[-1]

    yield make
    for desk in desks:
        desk.backend.close()


@pytest.fixture
def desk(make_desk: MakeDesk) -> Desk:
    return make_desk()


@pytest.fixture
def mac(tmp_path: Path, sample_home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Mac]:
    """A Mac in Berlin with the sample's people, a few calendars, lists and notes, and a mail that is selected."""
    home, programs = tmp_path / "mac", tmp_path / "programs"
    home.mkdir()
    programs.mkdir()
    stand_in = Path(__file__).parent / "stand_ins" / "mac.py"
    for name in ("osascript", "mdfind", "open"):
        program = programs / name
        program.write_text(f'#!/bin/sh\nexec {sys.executable} -S {stand_in} {home} {name} "$@"\n')
        program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("TZ", CLOCK.timezone)
    time.tzset()
    cards = sorted((sample_home / "contacts").rglob("*.vcf"))
    people = [{"id": f"{n:08}:ABPerson", "vcard": card.read_text()} for n, card in enumerate(cards)]
    state = {
        "people": people,
        "own_card": next(card["vcard"] for card in people if OWNER_MAIL in card["vcard"]),
        "calendars": [
            {"name": "Birthdays", "writable": False, "events": {}},
            {"name": "Home", "writable": True, "events": {}},
            {"name": "Work", "writable": True, "events": {}},
        ],
        "guests_refused": [],
        "tells_of_what_it_made": True,
        "lists": ["Groceries", "Reminders"],
        "default_list": "Reminders",
        "reminders": {},
        "folders": {"f1": "Notes", "f2": "Travel", "f3": "Recently Deleted"},
        "notes": {
            "n1": {"folder": "f1", "body": "<div><h1>Shopping</h1></div><div>oats</div>"},
            "n2": {"folder": "f2", "body": "<div>Budget 2026</div><div>rent &lt; 900</div>"},
            "n3": {"folder": "f3", "body": "<div>Shopping</div><div>thrown away</div>"},
        },
        "selected_mail": {
            "message_id": "7@example.org",
            "subject": "Offsite agenda",
            "sender": "Maya Ionescu <maya@example.org>",
            "reply_to": "maya@example.org",
            "text": "Is Thursday fine?",
        },
        "selection_moves": False,
        "windows": [],
        "attachments_taken": 20,
        "clipboard": "",
        "services": ["iMessage", "SMS"],
        "unknown_to": {},
        "texts": [],
        "indexed_elsewhere": [],
        "failures": {},
    }
    (home / "state.json").write_text(json.dumps(state))
    yield Mac(home)
    monkeypatch.undo()
    time.tzset()
