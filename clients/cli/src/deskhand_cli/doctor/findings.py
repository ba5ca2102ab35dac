"""What a check finds, and what checks are given."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from deskhand_serving.settings import Setting

from ..exits import CliError


class Level(StrEnum):
    """A warning costs something (voice, Zoom, speed); a problem keeps Deskhand from working or data from being safe."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"


@dataclass(frozen=True)
class Finding:
    """One line of the report. `way_out` says what to do; a finding that is ok has none."""

    level: Level
    what: str
    text: str
    way_out: str = ""


@dataclass(frozen=True)
class Patient:
    """What is looked at. `settings` are each service's own word, an error where they are wrong; `stack_pid` is the
    supervisor's process, None when Deskhand does not run."""

    home: Path
    settings: dict[str, list[Setting] | CliError]
    stack_pid: int | None

    def value(self, service: str, name: str) -> Any:
        """A setting's value; None when the service's settings are wrong, which is a finding of its own."""
        given = self.settings.get(service)
        if given is None or isinstance(given, CliError):
            return None
        return next((setting.value for setting in given if setting.name == name), None)


Check = Callable[[Patient], Iterable[Finding]]
"""Looks at one thing. Changes nothing but for a file that it writes to see whether it may, and removes."""


def ok(what: str, text: str) -> Finding:
    return Finding(Level.OK, what, text)


def warning(what: str, text: str, way_out: str) -> Finding:
    return Finding(Level.WARNING, what, text, way_out)


def problem(what: str, text: str, way_out: str) -> Finding:
    return Finding(Level.PROBLEM, what, text, way_out)
