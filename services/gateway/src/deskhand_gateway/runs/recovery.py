"""After a crash: runs that were under way are `interrupted`, and nothing of them is done again.

What had been dispatched is `interrupted`, because nobody here knows what became of it; what had not is skipped. Runs
that wait for approval go on waiting.
"""

from __future__ import annotations

import logging

from deskhand_contract.errors import WireError
from deskhand_contract.events import NodeStatus, PlanUpdate
from deskhand_contract.openai import Usage
from deskhand_contract.runs import Run, RunNode, RunStatus

from ..answer import compose
from ..errors import FAILED_AFTER_EFFECT, ApiFailure
from ..wording import CUT_OFF
from .journal import Journal
from .states import had_effect
from .turn import Told

logger = logging.getLogger(__name__)

_INTERRUPTED = "Deskhand was stopped before it knew what became of this"
_NOT_BEGUN = "Deskhand was stopped before this began"


async def recover(journal: Journal) -> None:
    """Before the first request. Raises JournalUnavailable."""
    for name in await journal.with_status(RunStatus.RUNNING):
        run = await journal.run(name)
        if run:
            await _interrupt(journal, run)


async def _interrupt(journal: Journal, run: Run) -> None:
    seq = (await journal.saved(run.id)).next_seq
    for node in run.nodes:
        if not node.status.final:
            journal.happened(_event(run, node, seq))
            seq += 1
    outcomes = tuple((await journal.saved(run.id)).outcomes.values())
    answer = f"{CUT_OFF} {compose(run.query, outcomes)}" if outcomes else CUT_OFF
    journal.settle(run.id, RunStatus.INTERRUPTED, answer)
    effects = had_effect(outcomes)
    failure = ApiFailure(FAILED_AFTER_EFFECT if effects else 503, answer, code="interrupted", retry=not effects)
    told = Told("", Usage(prompt_tokens=0, completion_tokens=0, total_tokens=0), failure)
    for turn in await journal.open_turns(run.id):
        journal.close_turn(turn.id, seq - 1, told, keep_key=effects)
    logger.warning("run interrupted by the end of the last process", extra={"run": run.id, "effects": effects})


def _event(run: Run, node: RunNode, seq: int) -> PlanUpdate:
    dispatched = node.status is NodeStatus.DISPATCHED
    message = _INTERRUPTED if dispatched else _NOT_BEGUN
    changes = {
        "status": NodeStatus.INTERRUPTED if dispatched else NodeStatus.SKIPPED,
        "error": WireError(code="interrupted", message=message, node=node.node, retryable=False),
    }
    return PlanUpdate.model_validate({**dict(node), **changes, "run": run.id, "seq": seq})
