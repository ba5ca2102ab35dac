"""Taking back what a run did, latest effects first, as far as nobody has touched it since."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from typing import Any

from deskhand_contract.errors import WireError
from deskhand_contract.events import NodeStatus, PlanUpdate, UndoState
from deskhand_contract.plan import PlanNode
from deskhand_contract.runs import Run, RunNode, RunStatus
from deskhand_contract.services import Observation, UndoRequest
from deskhand_contract.tools import Effect, get_tool
from deskhand_serving.errors import ServingError

from ..answer import sentence
from ..errors import BadRequest, Conflict, from_service
from ..wording import about
from .lifecycle import Runs

TakeBack = Callable[[UndoRequest], Awaitable[Observation]]
"""Asks the executor. Raises ServingError."""

REFUSED = frozenset({"undo_refused", "invalid_arguments"})
"""Codes of the executor that mean: this cannot be taken back, and asking again will not help."""


class CannotUndo(Exception):
    """The text is a clause that says why, to the user."""


async def undo(runs: Runs, take_back: TakeBack, id: str, nodes: Collection[int] | None) -> Run:
    """Take back the effects of `nodes`, of all when it is None. What cannot be taken back is left, and its node's error
    says why.

    Raises BadRequest (404), Conflict when there is nothing to take back, and ApiFailure when the executor is away: what
    was taken back until then stands in the journal.
    """
    async with runs.at_rest(id) as run:
        journal = runs.journal
        latest = {update.node: update for update in await journal.updates(id)}  # in the order of their last events
        plan = {node.id: node for node in (await journal.saved(id)).nodes}
        records = await journal.undo_records(id)
        seq = 1 + max(update.seq for update in latest.values()) if latest else 0
        failure: ServingError | None = None
        said: list[str] = []
        for node in sorted(_chosen(run, nodes), key=lambda node: latest[node.node].seq, reverse=True):
            try:
                text = await _take_back(plan[node.node], records.get(node.node), take_back)
                event = _event(latest[node.node], seq, UndoState.DONE)
            except CannotUndo as refusal:
                text = str(refusal)
                event = _event(latest[node.node], seq, UndoState.NONE, text)
            except ServingError as error:
                failure = error
                break
            journal.happened(event)
            seq += 1
            said.append(sentence(text))
        if said:
            journal.settle(id, _status(run, await journal.run(id)), " ".join(said))
        if failure:
            raise from_service(failure)
        return await runs.run(id)


async def _take_back(node: PlanNode, record: dict[str, Any] | None, take_back: TakeBack) -> str:
    """What was taken back, in words. Raises CannotUndo, and ServingError when nobody knows."""
    if record is None:
        how = "has left this machine" if node.spec.effect is Effect.SEND else "was made without a way back"
        raise CannotUndo(f"{about(node)} {how}, so it cannot be taken back")
    try:
        return (await take_back(UndoRequest(undo=record))).text
    except ServingError as error:
        if error.error.code in REFUSED:
            raise CannotUndo(error.error.message) from None
        raise


def _event(last: PlanUpdate, seq: int, undo: UndoState, why: str | None = None) -> PlanUpdate:
    error = WireError(code="cannot_undo", message=why, node=last.node, retryable=False) if why else None
    return last.model_copy(update={"seq": seq, "undo": undo, "error": error, "elapsed_ms": None})


def _status(before: Run, now: Run | None) -> RunStatus:
    """`undone` when nothing is left of what the run did."""
    left = [node for node in (now or before).nodes if _has_effect(node) and node.undo is not UndoState.DONE]
    return before.status if left else RunStatus.UNDONE


def _chosen(run: Run, nodes: Collection[int] | None) -> list[RunNode]:
    known = {node.node: node for node in run.nodes}
    unknown = sorted(set(nodes or ()) - known.keys())
    if unknown:
        raise BadRequest(f"This run has no node {unknown[0]}.", code="node_not_found", param="nodes")
    effects = {number: node for number, node in known.items() if _can_be_asked_for(node)}
    chosen = set(effects if nodes is None else nodes)
    wrong = sorted(chosen - effects.keys())
    if wrong:
        why = _why_nothing(known[wrong[0]])
        raise Conflict(f"There is nothing to take back of node {wrong[0]}: {why}.", code="nothing_to_undo")
    if not chosen:
        raise Conflict("Nothing that this run did can be taken back (any more).", code="nothing_to_undo")
    return [effects[number] for number in chosen]


def _can_be_asked_for(node: RunNode) -> bool:
    """It had an effect that was not taken back, and nobody has found out yet that it cannot be."""
    return _has_effect(node) and node.undo is not UndoState.DONE and not _refused(node)


def _has_effect(node: RunNode) -> bool:
    return node.status is NodeStatus.DONE and get_tool(node.name).effect is not Effect.READ


def _refused(node: RunNode) -> bool:
    return node.error is not None and node.error.code == "cannot_undo"


def _why_nothing(node: RunNode) -> str:
    if node.undo is UndoState.DONE:
        return "that was taken back before"
    return node.error.message if node.error else "it changed nothing"
