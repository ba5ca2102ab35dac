"""What a dispatch is given and what comes of it: the context of a run, how its nodes ended, who is told."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from deskhand_contract.errors import WireError
from deskhand_contract.events import NodeStatus, PlanUpdate
from deskhand_contract.plan import PlanNode
from deskhand_contract.runs import Approval
from deskhand_contract.services import Clock, Observation, PastNode, PlanEnd, PlanNodeEvent
from deskhand_serving.errors import ServingError

PlanEvents = AsyncGenerator[PlanNodeEvent | PlanEnd, None]
Replan = Callable[[list[PastNode]], PlanEvents]
"""From the nodes so far to what is still to be done."""

CANCELLED = WireError(code="cancelled", message="the run was cancelled")
DENIED = WireError(code="denied", message="you said no")
EXPIRED = WireError(code="expired", message="nobody approved it in time")
FORBIDDEN = WireError(
    code="forbidden", message="Deskhand may not do this; gateway.approvals in the settings, or the request, forbids it"
)


@dataclass(frozen=True)
class RunContext:
    """What the nodes of one run share. `started_s` is time.perf_counter() at the arrival of the request; `approval`
    says of a node whose dependencies are done whether it runs, waits for the user's word, or is not carried out. In a
    plan that is rated lower than `min_confidence`, every effect waits for the user's word. `replan` asks the planner's
    fallback how to go on, at most `max_replans` times."""

    id: str
    clock: Clock
    approval: Callable[[PlanNode], Approval]
    replan: Replan
    min_confidence: float = 0.0
    max_replans: int = 0
    started_s: float = field(default_factory=time.perf_counter)


@dataclass(frozen=True)
class Outcome:
    """How a node ended, or that it waits. `cause` is the node that a skipped one goes back to. `arguments` is what a
    node that waits for approval will be given. `replan` is 0 in the first plan, 1 in what the first replan added."""

    node: PlanNode
    status: NodeStatus
    observation: Observation | None = None
    error: WireError | None = None
    cause: int | None = None
    arguments: Mapping[str, Any] | None = None
    replan: int = 0


class Recorder(Protocol):
    """Takes what happens in a run, in its order."""

    def planned(self, node: PlanNode) -> None:
        """A node was parsed, and goes on from here."""
        ...

    async def happened(self, update: PlanUpdate, outcome: Outcome | None) -> None:
        """An event of a node; `outcome` when it has ended. A node is executed only when its `dispatched` was taken, so
        a journal comes first; raising there fails the node. Nothing else may raise."""
        ...


@dataclass(frozen=True)
class Saved:
    """A run in which nothing was under way: all nodes in plan order, how those ended that did, which wait for approval,
    the number of the next event, and how many nodes there were before each replan."""

    nodes: tuple[PlanNode, ...]
    outcomes: Mapping[int, Outcome]
    held: frozenset[int]
    next_seq: int
    replanned: tuple[int, ...] = ()


def replan_of(node: int, replanned: Sequence[int]) -> int:
    """Which replan added the node; 0 for one of the first plan. `replanned` as in `Saved`."""
    return sum(node > before for before in replanned)


@dataclass(frozen=True)
class RunResult:
    """All parsed nodes in plan order, those that wait included. When the planner failed, `failure` says how, and `end`
    is None."""

    outcomes: tuple[Outcome, ...]
    end: PlanEnd | None
    failure: ServingError | None
    effects: bool
    """Whether a node was started that changes something or leaves the machine."""
    doubtful: bool = False
    """Whether effects wait because the plan is rated too low."""
