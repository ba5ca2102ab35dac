"""A desk: a backend on a sample home, with the clock of the evaluation set (a Wednesday in Berlin)."""

from __future__ import annotations

import itertools
import shutil
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
