"""The state of a running stack: `stack.json` in the home, which the supervisor writes and everybody may read."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, Field, ValidationError

STATE_FILE = "stack.json"


class ServiceState(BaseModel):
    """A running service. `pid` is None where it is not running, or not started by this stack. `restarts` counts how
    often it was started again since the stack is up."""

    url: str
    pid: int | None = None
    restarts: int = 0


class StackState(BaseModel):
    """The stack that `pid` supervises. `base_url` is what OpenAI clients take; `started` is Unix time in seconds."""

    pid: int
    base_url: str
    started: float
    services: dict[str, ServiceState] = Field(default_factory=dict[str, ServiceState])


def read_state_file(home: Path) -> StackState | None:
    """What the file says, be the stack alive or not; None when there is no file that can be read. Blocks."""
    try:
        return StackState.model_validate_json((home / STATE_FILE).read_bytes())
    except (OSError, ValidationError):
        return None
