"""What the states of its nodes make of a run."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from deskhand_contract.events import NodeStatus
from deskhand_contract.runs import RunStatus
from deskhand_contract.tools import Effect

from ..outcome import CANCELLED, Outcome
from ..replan import taken_up

_REFUSED = ("denied", "expired")


def status_of(outcomes: Collection[Outcome], *, broke_off: bool = False, cancelled: bool = False) -> RunStatus:
    """Of a run in which nothing is under way. `broke_off`: the plan was not written to its end. `cancelled`: somebody
    stopped it, maybe when no node was left to be skipped."""
    retried = taken_up(outcomes)
    found = {outcome.status for outcome in outcomes if outcome.node.id not in retried}
    codes = {outcome.error.code for outcome in outcomes if outcome.error}
    if NodeStatus.NEEDS_APPROVAL in found:
        return RunStatus.NEEDS_APPROVAL
    if cancelled or CANCELLED.code in codes:
        return RunStatus.CANCELLED
    if NodeStatus.INTERRUPTED in found:
        return RunStatus.INTERRUPTED
    if broke_off or NodeStatus.FAILED in found or "forbidden" in codes:
        return RunStatus.FAILED
    if not codes.isdisjoint(_REFUSED) and not had_effect(outcomes):
        return RunStatus.CANCELLED
    return RunStatus.DONE


def had_effect(outcomes: Iterable[Outcome]) -> bool:
    """Whether something was changed or sent, or may have been."""
    return any(
        outcome.status in (NodeStatus.DONE, NodeStatus.INTERRUPTED) and outcome.node.spec.effect is not Effect.READ
        for outcome in outcomes
    )
