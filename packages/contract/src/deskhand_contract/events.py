"""What happens to the nodes of a run: the `x_plan` events of the API."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict

from .errors import WireError


class NodeStatus(StrEnum):
    DISPATCHED = "dispatched"
    DONE = "done"
    FAILED = "failed"
    SKIPPED = "skipped"
    NEEDS_APPROVAL = "needs_approval"

    @property
    def final(self) -> bool:
        return self in (NodeStatus.DONE, NodeStatus.FAILED, NodeStatus.SKIPPED)


class PlanUpdate(BaseModel):
    """One event of one node, sent the moment it happens.

    `seq` counts the events of a run from 0. `arguments` have "$k" for references until the node is dispatched, and
    what was really passed from then on. `output` is what `$k` of a later node becomes. `elapsed_ms` counts from the
    arrival of the request.
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
    error: WireError | None = None
    elapsed_ms: float | None = None
