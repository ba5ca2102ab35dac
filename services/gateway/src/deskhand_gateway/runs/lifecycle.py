"""The life of a run: begun, carried out, approved or denied, ended, found again after a restart.

Every run has a task of its own; requests only follow it. So a client that leaves ends its run (unless it left an
Idempotency-Key, which says that it will ask again), and approving does not depend on who stays to watch.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Collection, Coroutine, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any
from weakref import WeakValueDictionary

from deskhand_contract.errors import WireError
from deskhand_contract.events import PlanUpdate
from deskhand_contract.openai import MODEL_RUN
from deskhand_contract.runs import Approval, Run, RunList, RunStatus
from deskhand_contract.services import Clock, PastNode

from ..answer import compose
from ..chunks import usage_of
from ..dispatch import Dispatch, Dispatcher
from ..errors import ApiFailure, BadRequest, Conflict, after_effect, from_service, internal_error
from ..metrics import Metrics
from ..outcome import DENIED, EXPIRED, PlanEvents, RunContext, RunResult, Saved
from ..wording import DECIDED, NOTHING_WAITS
from .approval import Decision, approval_of
from .database import JournalUnavailable
from .journal import Journal, RunRow
from .keys import Keys
from .live import LiveRun
from .states import status_of
from .turn import EventLog, Told, Turn, stop

logger = logging.getLogger(__name__)

Work = Callable[[Dispatch], Coroutine[Any, Any, RunResult]]
ReplanRun = Callable[[str, str, Clock, list[PastNode]], PlanEvents]
"""From a run's id, query, clock and nodes so far to what is still to be done."""


@dataclass(frozen=True)
class Opening:
    """A completion that is asked for. `key` and `digest` are of its Idempotency-Key."""

    id: str
    created: int
    started_s: float
    key: str | None = None
    digest: str | None = None


class Runs:
    """All runs of this home. `group` owns their tasks; `approvals` are the settings'; what waits for longer than
    `approval_s` is not done; plans that are rated lower than `min_confidence` change nothing without a yes; `replan`
    says how to go on with a run, and is asked at most `max_replans` times."""

    def __init__(
        self,
        journal: Journal,
        dispatcher: Dispatcher,
        replan: ReplanRun,
        group: asyncio.TaskGroup,
        approvals: Mapping[str, Approval],
        approval_s: float,
        min_confidence: float,
        max_replans: int,
        metrics: Metrics,
    ) -> None:
        self.journal = journal
        self.keys = Keys(self._find)
        self._dispatcher = dispatcher
        self._replan = replan
        self._group = group
        self._approvals = approvals
        self._approval_s = approval_s
        self._min_confidence = min_confidence
        self._max_replans = max_replans
        self._metrics = metrics
        self._live: dict[str, LiveRun] = {}
        self._turns: dict[str, tuple[str, Turn]] = {}  # by idempotency key, while they go on
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    def begin(
        self,
        run: str,
        query: str,
        clock: Clock,
        approval: Approval | None,
        events: PlanEvents,
        opening: Opening,
    ) -> Turn:
        """Carry a plan out while it is written. Returns at once."""
        row = RunRow(run, opening.created, MODEL_RUN, query, clock, approval, RunStatus.RUNNING, None)
        self.journal.begin(row)
        live = self._enter(row, opening.started_s)
        return self._spawn(row, live, lambda dispatch: dispatch.run(events), opening=opening)

    async def reply_to(self, answer: str, *, yes: bool, opening: Opening) -> Turn | str:
        """Somebody says yes or no to an answer that asked. What to say when there is nothing to decide."""
        found = await self.journal.asked_in(answer)
        if found is None:
            return NOTHING_WAITS
        run, asked = found
        none: frozenset[int] = frozenset()
        return await self.decided(Decision(run, *((asked, none) if yes else (none, asked))), opening)

    async def decided(self, decision: Decision, opening: Opening) -> Turn | str:
        """Go on with a run as a client has decided. What to say when nothing of it waits (any more). Raises
        BadRequest (404)."""
        run = decision.run
        async with self._lock(run):
            if run in self._live:  # decided elsewhere a moment ago
                await asyncio.wait([self._live[run].task])
            row, saved = await self._saved(run)
            approved, denied = decision.approved & saved.held, decision.denied & saved.held
            if not approved and not denied:
                return f"{DECIDED} {(await self.run(run)).answer or ''}".rstrip()
            if self._expired(row):
                return self._resume(row, saved, _decided(denied=saved.held, why=EXPIRED), opening)
            return self._resume(row, saved, _decided(approved=approved, denied=denied), opening)

    async def decide(self, run: str, nodes: Collection[int] | None, *, yes: bool) -> Run:
        """Approve or deny nodes that wait for it, all of them when `nodes` is None. Gives the run when they have
        settled; that happens even if nobody waits for it.

        Raises BadRequest (404) and Conflict: of two who decide at once, the second is told.
        """
        async with self._lock(run):
            live = self._live.get(run)
            if live and live.dispatch.active:
                chosen = _choose(live.dispatch.held, nodes)
                if not chosen:
                    raise await self._cannot_decide(run, nodes)
                if yes:
                    live.dispatch.approve(chosen)
                else:
                    live.dispatch.deny(chosen, DENIED)
                task = live.task
            else:
                if live:
                    await asyncio.wait([live.task])
                row, saved = await self._saved(run)
                chosen = _choose(saved.held, nodes)
                if not chosen:
                    raise await self._cannot_decide(run, nodes)
                if self._expired(row):
                    await self._expire(row, saved)
                    raise Conflict("This waited for too long and counts as denied; say it again.", code="expired")
                approved, denied = (chosen, ()) if yes else ((), chosen)
                task = self._resume(row, saved, _decided(approved=approved, denied=denied)).task
        await asyncio.wait([task])
        return await self.run(run)

    async def cancel(self, run: str) -> Run:
        """Stop a run: nothing more of it starts, and what waits for approval is not done. Gives the run when what was
        under way has ended; a run that was cancelled before, as it is.

        Raises BadRequest (404), and Conflict when the run has ended in another way.
        """
        async with self._lock(run):
            if run in self._live:
                stop(self._live[run].task)
                await asyncio.wait([self._live[run].task])
            row, saved = await self._saved(run)
            if saved.held:
                await asyncio.wait([self._resume(row, saved, Dispatch.cancel).task])
            found = await self.run(run)
        if found.status is not RunStatus.CANCELLED:
            message = f"This run has ended ({found.status}); there is nothing left to cancel."
            raise Conflict(message, code="nothing_to_cancel")
        return found

    async def run(self, run: str) -> Run:
        """Raises BadRequest (404)."""
        found = await self.journal.run(run)
        if found is None:
            raise _not_found(run)
        return found

    async def list(self, limit: int, after: str | None, status: RunStatus | None) -> RunList:
        """Newest first. Raises BadRequest (404) when there is no run `after`."""
        found = await self.journal.runs(limit + 1, after, status)
        if found is None:
            raise _not_found(after or "", param="after")
        return RunList(data=found[:limit], has_more=len(found) > limit)

    async def events(self, run: str, seq: int) -> AsyncGenerator[PlanUpdate, None]:
        """The events of a run from `seq` on, and then each when it happens, until nothing is under way. Raises
        BadRequest (404)."""
        live = self._live.get(run)
        if live is None and await self.journal.row(run) is None:
            raise _not_found(run)
        for update in await self.journal.updates(run, seq):
            yield update
            seq = update.seq + 1
        if live:
            async for update in live.log.follow(max(seq, live.log.first_seq), lambda: live.over):
                yield update

    @asynccontextmanager
    async def at_rest(self, run: str) -> AsyncIterator[Run]:
        """The run, with nothing of it under way as long as the context lasts. Raises BadRequest (404) and Conflict."""
        async with self._lock(run):
            if run in self._live:
                raise Conflict("This run is under way; wait until it has ended.", code="run_in_progress")
            yield await self.run(run)

    async def expire(self) -> None:
        """Deny what has waited for too long."""
        for run in await self.journal.with_status(RunStatus.NEEDS_APPROVAL, self._oldest_waiting()):
            async with self._lock(run):
                if run not in self._live:
                    await self._expire(*await self._saved(run))

    async def close(self) -> None:
        """Stop what goes on, and wait for its end."""
        tasks = [live.task for live in self._live.values()]
        for task in tasks:
            stop(task)
        if tasks:
            await asyncio.wait(tasks)

    def _lock(self, run: str) -> asyncio.Lock:
        return self._locks.setdefault(run, asyncio.Lock())

    def _oldest_waiting(self) -> int:
        return int(time.time() - self._approval_s)

    def _expired(self, row: RunRow) -> bool:
        return row.settled is not None and row.settled < self._oldest_waiting()

    async def _expire(self, row: RunRow, saved: Saved) -> None:
        await asyncio.wait([self._resume(row, saved, _decided(denied=saved.held, why=EXPIRED)).task])

    async def _saved(self, run: str) -> tuple[RunRow, Saved]:
        row = await self.journal.row(run)
        if row is None:
            raise _not_found(run)
        return row, await self.journal.saved(run)

    async def _cannot_decide(self, run: str, nodes: Collection[int] | None) -> ApiFailure:
        """What to say when not all of `nodes` wait for approval."""
        states = {node.node: node.status for node in (await self.run(run)).nodes}
        unknown = sorted(set(nodes or ()) - states.keys())
        if unknown:
            return BadRequest(f"This run has no node {unknown[0]}.", code="node_not_found", param="nodes")
        settled = [f"node {node} is {states[node]}" for node in sorted(nodes or ()) if states[node] != "needs_approval"]
        why = f": {', '.join(settled)}" if settled else ""
        return Conflict(f"Nothing here waits for approval{why}.", code="not_waiting")

    def _resume(self, row: RunRow, saved: Saved, work: Work, opening: Opening | None = None) -> Turn:
        """Go on with a run that rests."""
        self.journal.status(row.id, RunStatus.RUNNING)
        opening = opening or Opening("", int(time.time()), time.perf_counter())
        live = self._enter(row, opening.started_s, saved)
        return self._spawn(row, live, work, opening=opening, known=saved.outcomes.keys())

    def _enter(self, row: RunRow, started_s: float, saved: Saved | None = None) -> LiveRun:
        log = EventLog(saved.next_seq if saved else 0)
        live = LiveRun(row.id, self.journal, log, self._metrics.begin_run(started_s))
        approval = partial(approval_of, by_tool=self._approvals, wanted=row.approval)
        waived = row.approval is Approval.AUTO
        least = 0.0 if waived else self._min_confidence
        replan = partial(self._replan, row.id, row.query, row.clock)
        context = RunContext(row.id, row.clock, approval, replan, least, self._max_replans, started_s)
        live.dispatch = Dispatch(self._dispatcher, context, live, saved)
        self._live[row.id] = live
        return live

    def _spawn(
        self,
        row: RunRow,
        live: LiveRun,
        work: Work,
        *,
        opening: Opening,
        known: Collection[int] = (),
    ) -> Turn:
        turn = Turn(opening.id, row.id, opening.created, live.log)
        if opening.id:
            self.journal.open_turn(turn.id, row.id, turn.created, turn.first_seq, opening.key, opening.digest)
        if opening.key and opening.digest:
            self._turns[opening.key] = (opening.digest, turn)
        live.task = turn.task = self._group.create_task(
            self._carry_out(row, live, turn, work, opening.key, frozenset(known)), name=row.id
        )
        return turn

    async def _carry_out(
        self,
        row: RunRow,
        live: LiveRun,
        turn: Turn,
        work: Work,
        key: str | None,
        known: frozenset[int],
    ) -> None:
        """The task of a run. It does not fail: whoever follows the turn is told."""
        result: RunResult | None = None
        failure: ApiFailure | None = None
        try:
            result = await work(live.dispatch)
        except asyncio.CancelledError:
            logger.info("run cancelled", extra={"run": row.id})
        except Exception:  # noqa: BLE001 - the task's boundary; logged with its id
            failure = internal_error()
        try:
            told = self._settle(row, live, turn, result, failure, known)
        except Exception:  # noqa: BLE001 - the same
            told = Told("", usage_of(None), internal_error())
        try:
            await self.journal.commit()  # what is said to wait, or to be done, must outlive this process
        except JournalUnavailable:
            logger.exception("how a run came to rest was not written", extra={"run": row.id})
        finally:
            del self._live[row.id]
            if key:
                self._turns.pop(key, None)
            live.close()
            turn.end(told)

    def _settle(
        self,
        row: RunRow,
        live: LiveRun,
        turn: Turn,
        result: RunResult | None,
        failure: ApiFailure | None,
        known: frozenset[int],
    ) -> Told:
        """Write down how the run came to rest, and find the words. `known` are the nodes that the client knows of."""
        cancelled = result is None and failure is None
        result = result or live.dispatch.result()
        answer = compose(row.query, result.outcomes, doubtful=result.doubtful)
        if result.failure:
            failure = after_effect(result.failure, answer) if result.effects else from_service(result.failure)
        news = [outcome for outcome in result.outcomes if outcome.node.id not in known]
        content = answer if len(news) == len(result.outcomes) else compose(row.query, news, doubtful=result.doubtful)
        told = Told(content, usage_of(result.end), failure)
        status = status_of(result.outcomes, broke_off=failure is not None, cancelled=cancelled)
        confidence = result.end.confidence if result.end else None
        self.journal.settle(row.id, status, str(failure) if failure else answer, confidence)
        if turn.id:
            self.journal.close_turn(
                turn.id, turn.last_seq, told, live.dispatch.held, keep_key=failure is None or result.effects
            )
        statuses = [outcome.status.value for outcome in result.outcomes]
        logger.info("run settled", extra={"run": row.id, "status": status.value, "nodes": statuses})
        return told

    async def _find(self, key: str) -> tuple[str, Turn] | None:
        """The turn of an idempotency key, and the digest of its request."""
        if key in self._turns:
            return self._turns[key]
        row = await self.journal.turn(key)
        if row is None:
            return None
        log = EventLog(row.first_seq, await self.journal.updates(row.run, row.first_seq, row.last_seq))
        turn = Turn(row.id, row.run, row.created, log)
        turn.end(row.told())
        return row.request or "", turn


def _decided(*, approved: Collection[int] = (), denied: Collection[int] = (), why: WireError = DENIED) -> Work:
    """What comes of a yes to some nodes and a no to others."""
    return partial(Dispatch.resume, approved=approved, denied=denied, why=why)


def _choose(held: frozenset[int], nodes: Collection[int] | None) -> frozenset[int]:
    """The nodes that a decision is about. Empty when it cannot be made as it stands."""
    chosen = held if nodes is None else frozenset(nodes)
    return chosen if chosen <= held else frozenset()


def _not_found(run: str, param: str | None = None) -> BadRequest:
    message = f"There is no run {run[:80]!r}; it may have been forgotten (gateway.runs_kept_days)."
    return BadRequest(message, code="run_not_found", param=param, status=404)
