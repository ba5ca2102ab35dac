"""Runs: what became of a command given to the model `deskhand`. The shapes of /v1/runs.

| route                         | answer                                                                             |
|-------------------------------|------------------------------------------------------------------------------------|
| GET /v1/runs                  | RunList, newest first; `limit`, `after` (a run's id), `status`                     |
| GET /v1/runs/{id}             | Run                                                                                |
| GET /v1/runs/{id}/events      | server-sent events: a PlanUpdate each, `id:` is its seq, then [DONE]               |
| POST /v1/runs/{id}/approve    | Chosen -> Run, when what was approved has settled                                  |
| POST /v1/runs/{id}/deny       | Chosen -> Run                                                                      |
| POST /v1/runs/{id}/cancel     | Run, when what was under way has ended                                             |
| POST /v1/runs/{id}/undo       | Chosen -> Run                                                                      |
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from .errors import WireError
from .events import NodeStatus, PlanUpdate, UndoState
from .plan import PlanNode
from .services import Clock


class Approval(StrEnum):
    """Whether a tool's calls run at once, wait for the user's word, or never run. From lax to strict."""

    AUTO = "auto"
    ASK = "ask"
    DENY = "deny"


class RunStatus(StrEnum):
    """`failed`: a node failed, or the plan broke off. `cancelled`: it was stopped, or whoever asked went away before
    the end, or all that it would have done was denied. `interrupted`: the process died in the middle of it. `undone`:
    everything that it did was taken back."""

    RUNNING = "running"
    NEEDS_APPROVAL = "needs_approval"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    INTERRUPTED = "interrupted"
    UNDONE = "undone"


class _Message(BaseModel):
    model_config = ConfigDict(frozen=True)


class RunNode(_Message):
    """A node and its last state. `text` says what was done, for people; `error` why not, or why it cannot be taken
    back (code "cannot_undo"). `replan` is 0 in the first plan, 1 in what the first replan added."""

    node: int
    name: str
    arguments: dict[str, Any]
    deps: tuple[int, ...]
    status: NodeStatus
    output: str | None = None
    text: str | None = None
    error: WireError | None = None
    undo: UndoState = UndoState.NONE
    replan: int = 0

    @classmethod
    def of(cls, node: PlanNode, last: PlanUpdate | None, replan: int) -> RunNode:
        """`last` is the node's latest event; None while there is none."""
        if last is None:
            return cls(
                node=node.id,
                name=node.tool,
                arguments=node.wire_arguments(),
                deps=node.deps,
                status=NodeStatus.WAITING,
                replan=replan,
            )
        return cls.model_validate(last, from_attributes=True)


class Run(_Message):
    """One command. `created` is in Unix seconds; `confidence` is the calibrated probability that the plan is right,
    None where the engine has none."""

    id: str
    object: Literal["run"] = "run"
    created: int
    model: str
    status: RunStatus
    query: str
    answer: str | None = None
    confidence: float | None = None
    clock: Clock
    nodes: list[RunNode]


class RunList(_Message):
    object: Literal["list"] = "list"
    data: list[Run]
    has_more: bool


class Chosen(_Message):
    """Which nodes are meant; without `nodes` all that the request can be about."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    nodes: list[int] | None = Field(None, min_length=1, max_length=1000)
