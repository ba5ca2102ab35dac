"""What a system is told of Deskhand, and what it tells."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True)
class Definition:
    """What is to be started: a command, what it has in its environment, where it works and what it writes to."""

    command: tuple[str, ...]
    environment: Mapping[str, str]
    home: Path
    log: Path


@dataclass(frozen=True)
class ServiceStatus:
    """`file` is the system's description of the service. `pid` is there while it runs; `last_exit` is the status that
    it last ended with, None when that is not known."""

    manager: str
    file: str
    installed: bool
    pid: int | None = None
    last_exit: int | None = None


class Manager(Protocol):
    """Raises CliError for what the system refuses."""

    def install(self, definition: Definition) -> None:
        """Describe it to the system and start it, in place of one that is there."""
        ...

    def uninstall(self) -> None:
        """Stop it and forget it. Nothing is wrong when there is none."""
        ...

    def status(self) -> ServiceStatus: ...
