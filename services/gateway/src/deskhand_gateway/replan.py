"""Replanning: when the planner's fallback is asked how to go on, what it is told, and what it has taken up.

Asked is only where a node failed, or where the plan is rated too low and nothing of it that changes anything has begun.
What a node gave is never told, only that it is done; of what failed, the error, which the planner shows its model as
fenced data.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from deskhand_contract.errors import WireError
from deskhand_contract.events import NodeStatus
from deskhand_contract.plan import PlanNode
from deskhand_contract.services import PastNode, PlanEnd
from deskhand_contract.tools import Effect

from .outcome import Outcome

REPLACED = WireError(code="replaced", message="the planner was not sure of this, and a second plan took its place")
"""Of what had not begun when the fallback planned the whole command anew."""

NO_FALLBACK = "fallback_needed"
"""The planner's word where it has none."""

_UNCERTAIN = frozenset(
    {"tool_timeout", "partly_sent", "service_timeout", "service_unavailable", "interrupted", "internal_error"}
)
"""Codes after which an effect happened in part, or nobody knows whether it did."""
_TAKEN_UP = frozenset({"skipped", REPLACED.code})


def worth_replanning(outcomes: Iterable[Outcome]) -> bool:
    """Whether something failed, and nothing in such a way that another plan might do it twice."""
    failed = [outcome for outcome in outcomes if outcome.status is NodeStatus.FAILED]
    return bool(failed) and not any(
        outcome.node.spec.effect is not Effect.READ and outcome.error and outcome.error.code in _UNCERTAIN
        for outcome in failed
    )


def past_of(outcomes: Iterable[Outcome], *, unsure: bool) -> list[PastNode]:
    """What the fallback is told of the nodes so far. Where it plans the whole anew (`unsure`), what has not begun will
    not begin."""
    return [
        PastNode(node=outcome.node, status=NodeStatus.SKIPPED, error=REPLACED)
        if unsure and not outcome.status.final
        else PastNode(node=outcome.node, status=outcome.status, error=outcome.error)
        for outcome in outcomes
    ]


def twin_of(
    node: PlanNode, arguments: dict[str, Any], earlier: Iterable[tuple[Outcome, dict[str, Any]]]
) -> Outcome | None:
    """The earlier outcome of the same effect with the same arguments, unless it was skipped by the way."""
    for outcome, given in earlier:
        by_the_way = outcome.status is NodeStatus.SKIPPED and outcome.error and outcome.error.code in _TAKEN_UP
        if outcome.node.tool == node.tool and given == arguments and not by_the_way:
            return outcome
    return None


def repeated(node: PlanNode, twin: Outcome) -> Outcome:
    """How a node ends that would do the same again: as what was done, which stays what can be taken back; else it is
    skipped."""
    if twin.observation:
        return Outcome(node, NodeStatus.DONE, observation=twin.observation.model_copy(update={"undo": None}))
    error = WireError(code="repeated", message=f"this is the same as node {twin.node.id}")
    return Outcome(node, NodeStatus.SKIPPED, error=error, cause=twin.node.id)


def taken_up(outcomes: Collection[Outcome]) -> frozenset[int]:
    """Nodes that failed or were skipped, and that a later replan has calls for: the same tool again, or, for a lookup,
    another way to everything that needed it."""
    latest = {outcome.node.tool: outcome.replan for outcome in outcomes}
    found: set[int] = set()
    for outcome in reversed(_lost(outcomes)):
        dependents = {other.node.id for other in outcomes if outcome.node.id in other.node.deps}
        another_way = outcome.node.spec.effect is Effect.READ and dependents and dependents <= found
        if latest[outcome.node.tool] > outcome.replan or another_way:
            found.add(outcome.node.id)
    return frozenset(found)


def sum_of(end: PlanEnd, more: PlanEnd) -> PlanEnd:
    """What two plans cost; how sure the first is stays what it was."""
    return end.model_copy(
        update={
            "prompt_tokens": end.prompt_tokens + more.prompt_tokens,
            "completion_tokens": end.completion_tokens + more.completion_tokens,
        }
    )


def _lost(outcomes: Iterable[Outcome]) -> Sequence[Outcome]:
    return [
        outcome
        for outcome in outcomes
        if outcome.status is NodeStatus.FAILED
        or (outcome.status is NodeStatus.SKIPPED and outcome.error and outcome.error.code in _TAKEN_UP)
    ]
