"""The dispatcher: nodes run as soon as they are parsed and their dependencies are done.

Nothing here waits in turns or polls. A node that is parsed either starts at once or is counted as waiting; the node
that ends starts those it was the last dependency of. Calls to one application run one at a time, over all requests
(`Tool.app`), and there is a bound on all calls together.

A node that fails skips the nodes that depend on it, directly or not, and nothing else; the text of an error is never
passed on. Every node that was parsed ends in one final status, except those that wait for somebody's approval and those
that depend on them: they stand still, the run ends without them, and `Dispatch.resume` goes on from there.

Where the planner rates its plans, lookups start while it writes, and effects when it has said how sure it is of the
whole: a plan that is rated too low changes nothing before somebody has approved it.

Where a node failed or the plan is rated too low, and the planner has a fallback, that is asked how to go on (`replan`),
also after an approval. A plan with failures is asked about once.

Stopping (the planner failed, or the client went away): nothing more starts, what waits is skipped, and what is under
way is awaited, because its effect cannot be taken back by not looking.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping
from contextlib import aclosing
from dataclasses import replace
from typing import Any

from deskhand_contract.errors import ContractError, WireError
from deskhand_contract.events import NodeStatus, PlanUpdate, UndoState
from deskhand_contract.plan import PlanNode
from deskhand_contract.runs import Approval
from deskhand_contract.services import ExecuteRequest, Observation, PlanEnd, PlanNodeEvent
from deskhand_contract.tools import TOOL_NAMES, App, Effect, Output
from deskhand_serving.errors import ServiceFailure, ServingError

from .nodes import is_first_effect, unresolved_date
from .outcome import (
    CANCELLED,
    FORBIDDEN,
    Outcome,
    PlanEvents,
    Recorder,
    RunContext,
    RunResult,
    Saved,
    replan_of,
)
from .replan import NO_FALLBACK, REPLACED, past_of, repeated, sum_of, twin_of, worth_replanning

logger = logging.getLogger(__name__)

Execute = Callable[[ExecuteRequest], Awaitable[Observation]]
"""Carries out one node. Raises ServingError."""


class Dispatcher:
    """One for the process: holds what runs share, which is the applications' locks and the overall bound."""

    def __init__(self, execute: Execute, max_running_nodes: int) -> None:
        self.execute = execute
        self.slots = asyncio.Semaphore(max_running_nodes)
        self.locks: Mapping[App, asyncio.Lock] = {app: asyncio.Lock() for app in App}


class Dispatch:
    """One run. Only the event loop touches it, and between two awaits it is consistent."""

    def __init__(
        self, dispatcher: Dispatcher, context: RunContext, recorder: Recorder, saved: Saved | None = None
    ) -> None:
        self._dispatcher = dispatcher
        self._context = context
        self._recorder = recorder
        self._group: asyncio.TaskGroup | None = None
        self._nodes: list[PlanNode] = []
        self._kinds: dict[int, Output] = {}
        self._outputs: dict[int, str] = {}
        self._outcomes: dict[int, Outcome] = {}
        self._waiting: dict[int, set[int]] = {}  # node -> dependencies that are not done
        self._rated = True  # also where the planner does not rate its plans
        self._unrated: dict[int, PlanNode] = {}  # could start, as soon as the plan is rated
        self._doubtful = False
        self._unsure = False  # rated too low, and the fallback has not been asked yet
        self._replanned: list[int] = []  # how many nodes there were before each replan
        self._held: set[int] = set()  # waits for approval
        self._ready: dict[int, asyncio.Task[None]] = {}  # waits for its application or for a slot
        self._tasks: set[asyncio.Task[None]] = set()
        self._effects = False
        self._seq = 0
        self._emitting = asyncio.Lock()
        if saved:
            self._restore(saved)

    @property
    def active(self) -> bool:
        """Whether something is under way. While it is, what is approved or denied becomes part of it."""
        return self._group is not None

    @property
    def held(self) -> frozenset[int]:
        """The nodes that wait for approval."""
        return frozenset(self._held)

    async def run(self, events: PlanEvents) -> RunResult:
        """Dispatch a plan while it is written, and what replans add to it. `events` is closed in any case.

        A failing planner is part of the result. Cancelling stops as described above, and then raises CancelledError;
        `result` has how far it came.
        """

        async def follow() -> PlanEnd | None:
            end: PlanEnd | None = None
            async with aclosing(events):
                async for event in events:
                    if isinstance(event, PlanNodeEvent):
                        await self._add(event.node, event.rated)
                    else:
                        end = event
                        await self._rate(end)
            return await self._find_ways(end) if end and end.can_replan else end

        return await self._carry_out(follow())

    async def resume(self, *, approved: Iterable[int] = (), denied: Iterable[int] = (), why: WireError) -> RunResult:
        """Go on with a saved run after a yes or no, and with what replans add to it. `why` is the error of what was
        denied. Cancelling as in `run`."""

        async def decide() -> PlanEnd | None:
            was_asked = worth_replanning(self._latest())  # and then, nobody knew another way
            self.approve(approved)
            self.deny(denied, why)
            return None if was_asked else await self._find_ways(PlanEnd())

        return await self._carry_out(decide())

    async def cancel(self) -> RunResult:
        """End a saved run: what waits is skipped."""
        return await self._carry_out(self._stop(CANCELLED))

    def approve(self, nodes: Iterable[int]) -> None:
        """Start nodes that wait for approval. Only while the dispatch is active."""
        for number in sorted(nodes):
            self._held.remove(number)
            self._start(self._nodes[number - 1])

    def deny(self, nodes: Iterable[int], why: WireError) -> None:
        """Skip nodes that wait for approval. Only while the dispatch is active."""
        for number in sorted(nodes):
            self._held.remove(number)
            self._spawn(number, self._settle(Outcome(self._nodes[number - 1], NodeStatus.SKIPPED, error=why)))

    async def _carry_out(self, work: Coroutine[Any, Any, PlanEnd | None]) -> RunResult:
        """`work` starts nodes, and says what plans have cost. A ServingError of it stops the run, and is told."""
        end: PlanEnd | None = None
        failure: ServingError | None = None
        async with asyncio.TaskGroup() as group:
            self._group = group
            try:
                try:
                    end = await work
                except ServingError as error:
                    failure = error
                    await self._stop(error.error)
                await self._settled()
            except BaseException:  # mostly a cancellation; leaving at once would abort what is under way
                await self._stop(CANCELLED)
                await self._settled()
                raise
            finally:
                self._group = None
        return self.result(end, failure)

    def _restore(self, saved: Saved) -> None:
        self._nodes = list(saved.nodes)
        self._kinds = {node.id: node.spec.returns for node in saved.nodes}
        self._outcomes = dict(saved.outcomes)
        self._outputs = {
            number: outcome.observation.output for number, outcome in saved.outcomes.items() if outcome.observation
        }
        self._held = set(saved.held)
        self._waiting = {
            node.id: {dep for dep in node.deps if dep not in self._outputs}
            for node in saved.nodes
            if node.id not in self._outcomes and node.id not in self._held
        }
        self._replanned = list(saved.replanned)
        self._seq = saved.next_seq

    async def _find_ways(self, end: PlanEnd) -> PlanEnd:
        """Ask how to go on as long as something fails, and it may be asked. Gives what all plans have cost, `end`
        included. Raises ServingError as `_replan`."""
        while len(self._replanned) < self._context.max_replans:
            await self._settled()
            if not self._unsure and not worth_replanning(self._latest()):
                break
            more = await self._replan()
            if more is None:
                break
            end = sum_of(end, more)
        return end

    async def _replan(self) -> PlanEnd | None:
        """Ask how to go on, and go on with that; None when there is no other way. Raises ServingError after the first
        node; before it, things stay as they are."""
        end: PlanEnd | None = None
        before = len(self._nodes)
        try:
            past = past_of(map(self._outcome, self._nodes), unsure=self._unsure)
            async with aclosing(self._context.replan(past)) as events:
                async for event in events:
                    if isinstance(event, PlanEnd):
                        end = event
                        continue
                    if len(self._nodes) == before:
                        await self._begin_replan()
                    await self._add(event.node, event.rated)
        except ServingError as error:
            if len(self._nodes) > before:
                raise
            if error.error.code != NO_FALLBACK:
                logger.warning("not replanned", extra={"run": self._context.id, "code": error.error.code})
        if self._unsure:
            self._unsure = False
            await self._release(doubtful=True)
        return end if len(self._nodes) > before else None

    async def _begin_replan(self) -> None:
        """The fallback knows a way. Where it gives a second opinion on the whole, nothing more of the first begins."""
        self._replanned.append(len(self._nodes))
        if self._unsure:
            self._unsure = False
            await self._stop(REPLACED)

    def _latest(self) -> list[Outcome]:
        """Of the nodes that the last plan has added."""
        return [self._outcome(node) for node in self._nodes[self._replanned[-1] if self._replanned else 0 :]]

    async def _rate(self, end: PlanEnd) -> None:
        """The plan is complete: its effects start, or wait for approval where it is rated too low. A fallback, if there
        is one, is asked before that: then they go on waiting for it."""
        doubtful = end.confidence is not None and end.confidence < self._context.min_confidence
        self._unsure = doubtful and end.can_replan and self._context.max_replans > 0
        if not self._unsure:
            await self._release(doubtful=doubtful)

    async def _release(self, *, doubtful: bool) -> None:
        self._rated = True
        self._doubtful = doubtful
        nodes = list(self._unrated.values())
        self._unrated.clear()
        await self._admit(nodes)

    async def _add(self, node: PlanNode, rated: bool) -> None:
        """A node was parsed; `rated` when it is yet to be said how sure the plan is.

        Raises ServiceFailure when its number is not the next one, or its tool unknown.
        """
        if node.id != len(self._nodes) + 1 or node.tool not in TOOL_NAMES:
            message = f"the planner sent {node.id}. {node.tool}, which cannot stand as node {len(self._nodes) + 1}"
            raise ServiceFailure.of("bad_plan", message, 500)
        self._rated = not (rated and self._context.min_confidence)
        self._nodes.append(node)
        self._recorder.planned(node)
        failed = next((self._outcomes[dep] for dep in node.deps if self._has_failed(dep)), None)
        if failed:
            await self._skip(node, failed)
            return
        try:
            node.check(self._kinds)
        except ContractError as error:
            await self._settle(Outcome(node, NodeStatus.FAILED, error=WireError(code=error.code, message=str(error))))
            return
        self._kinds[node.id] = node.spec.returns
        unresolved = unresolved_date(node)
        if unresolved:
            await self._settle(Outcome(node, NodeStatus.FAILED, error=unresolved))
            return
        missing = {dep for dep in node.deps if dep not in self._outputs}
        if missing:
            self._waiting[node.id] = missing
        else:
            await self._admit([node])

    async def _stop(self, why: WireError) -> None:
        """Nothing more starts; what has not started is skipped."""
        unstarted = sorted([*self._waiting, *self._ready, *self._held, *self._unrated])
        for task in self._ready.values():
            task.cancel()
        self._ready.clear()
        self._waiting.clear()
        self._held.clear()
        self._unrated.clear()
        for number in unstarted:
            await self._settle(Outcome(self._nodes[number - 1], NodeStatus.SKIPPED, error=why))

    async def _settled(self) -> None:
        """Wait until no node is under way and none can start."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    def result(self, end: PlanEnd | None = None, failure: ServingError | None = None) -> RunResult:
        outcomes = tuple(self._outcome(node) for node in self._nodes)
        return RunResult(outcomes, None if failure else end, failure, self._effects, self._doubtful)

    def _outcome(self, node: PlanNode) -> Outcome:
        if node.id in self._outcomes:
            return self._outcomes[node.id]
        replan = replan_of(node.id, self._replanned)
        if node.id in self._held:
            arguments = node.resolve(self._outputs)
            return Outcome(node, NodeStatus.NEEDS_APPROVAL, arguments=arguments, replan=replan)
        return Outcome(node, NodeStatus.WAITING, replan=replan)

    def _has_failed(self, number: int) -> bool:
        return number in self._outcomes and self._outcomes[number].status is not NodeStatus.DONE

    async def _admit(self, nodes: Iterable[PlanNode]) -> None:
        """Their dependencies are done: they start, unless somebody has to be asked, or said no beforehand."""
        asked: list[PlanNode] = []
        ended: list[Outcome] = []
        for node in nodes:
            twin = self._twin(node)
            if twin:
                ended.append(repeated(node, twin))
                continue
            policy = self._context.approval(node)
            if policy is Approval.AUTO and self._doubtful and is_first_effect(node, self._nodes):
                policy = Approval.ASK
            if policy is Approval.AUTO and not self._rated and node.spec.effect is not Effect.READ:
                self._unrated[node.id] = node
            elif policy is Approval.AUTO:
                self._start(node)
            elif policy is Approval.ASK:
                self._held.add(node.id)
                asked.append(node)
            else:
                ended.append(Outcome(node, NodeStatus.SKIPPED, error=FORBIDDEN))
        for node in asked:
            if node.id in self._held:  # else it was decided, or the run stopped, while another was told
                await self._emit(node, NodeStatus.NEEDS_APPROVAL, node.resolve(self._outputs))
        for outcome in ended:
            await self._settle(outcome)

    def _twin(self, node: PlanNode) -> Outcome | None:
        """An effect of an earlier plan of this run that this one would repeat."""
        replan = replan_of(node.id, self._replanned)
        if not replan or node.spec.effect is Effect.READ:
            return None
        earlier = self._nodes[: self._replanned[replan - 1]]
        return twin_of(
            node, node.resolve(self._outputs), ((self._outcome(past), self._known_arguments(past)) for past in earlier)
        )

    def _start(self, node: PlanNode) -> None:
        self._ready[node.id] = self._spawn(node.id, self._run_node(node))

    def _spawn(self, node: int, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        assert self._group is not None
        task = self._group.create_task(work, name=f"{self._context.id} node {node}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _run_node(self, node: PlanNode) -> None:
        async with self._dispatcher.locks[node.spec.app], self._dispatcher.slots:
            del self._ready[node.id]  # from here on it is under way
            outcome = await self._execute(node)
        await self._settle(outcome)

    async def _execute(self, node: PlanNode) -> Outcome:
        where = {"run": self._context.id, "node": node.id, "tool": node.tool}
        try:
            arguments = node.resolve(self._outputs)
            self._effects = self._effects or node.spec.effect is not Effect.READ
            await self._emit(node, NodeStatus.DISPATCHED, arguments)
            request = ExecuteRequest(
                run=self._context.id, node=node.id, tool=node.tool, arguments=arguments, clock=self._context.clock
            )
            observation = await self._dispatcher.execute(request)
        except ServingError as error:
            logger.info("node failed", extra={**where, "code": error.error.code})
            return Outcome(node, NodeStatus.FAILED, error=error.error)
        except Exception:  # a node's boundary: a bug in one must not hang or end the others
            logger.exception("node failed", extra=where)
            message = "Deskhand failed here; the gateway's log says why"
            return Outcome(node, NodeStatus.FAILED, error=WireError(code="internal_error", message=message))
        return Outcome(node, NodeStatus.DONE, observation=observation)

    async def _settle(self, outcome: Outcome) -> None:
        """A node has ended: tell it, then start or skip what depends on it."""
        node = outcome.node
        outcome = replace(outcome, replan=replan_of(node.id, self._replanned))
        self._outcomes[node.id] = outcome
        if outcome.observation is not None:
            self._outputs[node.id] = outcome.observation.output
        arguments = node.wire_arguments() if outcome.status is NodeStatus.SKIPPED else self._known_arguments(node)
        await self._emit(node, outcome.status, arguments, outcome)
        dependents = [number for number, missing in self._waiting.items() if node.id in missing]
        if outcome.status is NodeStatus.DONE:
            for number in dependents:
                self._waiting[number].discard(node.id)
            free = [number for number in dependents if not self._waiting[number]]
            for number in free:
                del self._waiting[number]
            await self._admit([self._nodes[number - 1] for number in free])
            return
        for number in dependents:  # all leave at once: telling of one lets other tasks in
            del self._waiting[number]
        for number in dependents:
            await self._skip(self._nodes[number - 1], outcome)

    async def _skip(self, node: PlanNode, because: Outcome) -> None:
        cause = because.cause if because.cause is not None else because.node.id
        error = WireError(code="skipped", message=f"node {cause} did not succeed", details={"cause": cause})
        await self._settle(Outcome(node, NodeStatus.SKIPPED, error=error, cause=cause))

    def _known_arguments(self, node: PlanNode) -> dict[str, Any]:
        if all(dep in self._outputs for dep in node.deps):
            return node.resolve(self._outputs)
        return node.wire_arguments()

    async def _emit(
        self, node: PlanNode, status: NodeStatus, arguments: dict[str, Any], outcome: Outcome | None = None
    ) -> None:
        """One at a time, so that whoever listens gets the events in the order of `seq`."""
        error = _told(outcome.error, node.id) if outcome and outcome.error else None
        observation = outcome.observation if outcome else None
        replan = replan_of(node.id, self._replanned)
        optional: dict[str, Any] = {"replan": replan} if replan else {}
        if observation:
            optional |= {"text": observation.text, "undo": UndoState.POSSIBLE if observation.undo else UndoState.NONE}
        async with self._emitting:
            update = PlanUpdate(
                run=self._context.id,
                seq=self._seq,
                node=node.id,
                name=node.tool,
                arguments=arguments,
                deps=node.deps,
                status=status,
                output=observation.output if observation else None,
                error=error,
                elapsed_ms=round((time.perf_counter() - self._context.started_s) * 1000, 1),
                **optional,
            )
            self._seq += 1
            await self._recorder.happened(update, outcome)


def _told(error: WireError, node: int) -> WireError:
    """The error as events show it: always with these fields, and details where there are some."""
    details = {"details": error.details} if error.details else {}
    return WireError(code=error.code, message=error.message, node=node, retryable=error.retryable, **details)
