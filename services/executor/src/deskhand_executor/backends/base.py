"""A backend: handlers by the names of tools.

An application is an object whose methods are named after the tools that it carries out, `create_note(arguments, call)`,
with `undo_create_note(undo)` beside it where an observation of the tool has an undo record. `collect` finds them, so a
further tool is one entry in the registry and one method.

Handlers block. The executor calls those of one application one at a time, in that application's thread.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from deskhand_contract.services import Check, Observation
from deskhand_contract.tools import TOOLS, App

from ..call import Call

Handler = Callable[[Any, Call], Observation]
"""(the tool's argument model, the call) -> what was done. Raises ExecutorError."""
UndoHandler = Callable[[dict[str, Any]], Observation]
"""An undo record -> what was taken back. Raises ExecutorError."""


@dataclass(frozen=True)
class Backend:
    """`warm_up` reads what makes the first call fast, and says what it found; `close` lets go of connections. `checks`
    ask whether an application may be used at all, and may make the system ask the user."""

    name: str
    handlers: Mapping[str, Handler]
    undo_handlers: Mapping[str, UndoHandler]
    warm_up: Callable[[], str]
    close: Callable[[], None] = field(default=lambda: None)
    checks: Mapping[App, Callable[[], Check]] = field(default_factory=dict[App, Callable[[], Check]])


def collect(applications: Sequence[object]) -> tuple[dict[str, Handler], dict[str, UndoHandler]]:
    """Handlers and undo handlers of all tools. Raises TypeError when a tool has no handler, or two."""
    handlers: dict[str, Handler] = {}
    undo_handlers: dict[str, UndoHandler] = {}
    for tool in TOOLS:
        found = [application for application in applications if hasattr(application, tool.name)]
        if len(found) != 1:
            raise TypeError(f"{tool.name} has {len(found)} handlers")
        handlers[tool.name] = getattr(found[0], tool.name)
        undo = getattr(found[0], f"undo_{tool.name}", None)
        if undo is not None:
            undo_handlers[tool.name] = undo
    return handlers, undo_handlers
