"""What happens to the nodes of a run: the `x_plan` events of the API."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict

from .errors import WireError


class NodeStatus(StrEnum):
    """`waiting` is a node of which there is no event yet. `interrupted` was dispatched, and nobody knows what became
    of it."""

    WAITING = "waiting"
    NEEDS_APPROVAL = "needs_approval"
    DISPATCHED = "dispatched"
    DONE = "done"
    FAILED = "failed"
    SKIPPED = "skipped"
    INTERRUPTED = "interrupted"

    @property
    def final(self) -> bool:
        return self in (NodeStatus.DONE, NodeStatus.FAILED, NodeStatus.SKIPPED, NodeStatus.INTERRUPTED)


class UndoState(StrEnum):
    """Whether what a node did can be taken back."""

    POSSIBLE = "possible"
    DONE = "done"
    NONE = "none"


class PlanUpdate(BaseModel):
    """One event of one node, sent the moment it happens.

    `seq` counts the events of a run from 0. `arguments` have "$k" for references until what they refer to is there:
    from `needs_approval` or `dispatched` on they are what is really passed. `output` is what `$k` of a later node
    becomes, `text` what was done, for people. `elapsed_ms` counts from the arrival of the request that the event
    follows from. A node that is taken back has one more event: `done`, with `undo` done. `replan` counts the plans of
    the run: 0 for a node of the first, 1 for one that the first replan added.
    """

    model_config = ConfigDict(frozen=True)

    run: str
    seq: int
    node: int
    name: str
    arguments: dict[str, Any]
    deps: tuple[int, ...]
    status: NodeStatus
    output: str | None = None
    text: str | None = None
    undo: UndoState = UndoState.NONE
    error: WireError | None = None
    elapsed_ms: float | None = None
    replan: int = 0
