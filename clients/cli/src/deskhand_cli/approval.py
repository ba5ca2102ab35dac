"""What a sentence came to, and asking the user about what waits for a yes."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import Enum

from deskhand_contract.events import NodeStatus, PlanUpdate
from rich.console import Console
from rich.text import Text

from .exits import Exit
from .gateway import Action, Answer, Gateway

_QUESTION = "Go ahead? [y]es, [n]o, Enter for later: "
_YES, _NO = ("y", "yes"), ("n", "no")


class Asking(Enum):
    """What to do about nodes that wait for approval. On a terminal `ASK` asks; elsewhere it leaves them waiting."""

    ASK = "ask"
    YES = "yes"
    LEAVE = "leave"


@dataclass
class Told:
    """All events of a run so far, and the latest answer."""

    updates: list[PlanUpdate] = field(default_factory=list[PlanUpdate])
    answer: str = ""

    @property
    def run(self) -> str | None:
        return self.updates[0].run if self.updates else None

    @property
    def waiting(self) -> list[int]:
        """Nodes that wait for approval."""
        return sorted(n for n, status in _last(self.updates).items() if status is NodeStatus.NEEDS_APPROVAL)

    @property
    def exit(self) -> Exit:
        """What it means for a script."""
        return exit_of(_last(self.updates).values())

    def take(self, events: Iterable[PlanUpdate | Answer], show: Callable[[PlanUpdate], None]) -> None:
        for event in events:
            if isinstance(event, Answer):
                self.answer = event.text
            else:
                self.updates.append(event)
                show(event)


def exit_of(statuses: Iterable[NodeStatus]) -> Exit:
    """What the nodes' last states mean for a script. What waits comes first: the run is not at its end."""
    found = set(statuses)
    if not found:
        return Exit.NOTHING_TO_DO
    if NodeStatus.NEEDS_APPROVAL in found:
        return Exit.NEEDS_APPROVAL
    return Exit.DONE if found == {NodeStatus.DONE} else Exit.NODE_FAILED


def decide(gateway: Gateway, told: Told, action: Action, *, show: Callable[[PlanUpdate], None]) -> None:
    """Approve or deny what waits, exactly as it was shown, or cancel the run; take what comes of it. Raises
    GatewayError: somebody may have decided meanwhile."""
    assert told.run is not None
    seen = told.updates[-1].seq
    run = gateway.decide(told.run, action, None if action == "cancel" else told.waiting)
    told.take(gateway.events(run.id, after_seq=seen), show)
    told.answer = run.answer or ""


def ask(told: Told) -> bool | None:
    """The user's word on what waits; None for later, and where there is no terminal to ask on."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return None
    console = Console(stderr=True, highlight=False)
    console.print(Text(told.answer), soft_wrap=True)
    while True:
        try:
            said = console.input(Text(_QUESTION, style="bold")).strip().casefold()
        except EOFError:
            return None
        if not said:
            return None
        if said in _YES or said in _NO:
            return said in _YES


def way_to_approve(run: str) -> str:
    return f"It waits for you: deskhand approve {run}, or deskhand deny {run}"


def _last(updates: Iterable[PlanUpdate]) -> dict[int, NodeStatus]:
    return {update.node: update.status for update in updates}
