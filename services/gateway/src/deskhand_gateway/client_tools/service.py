"""Serves requests with `tools`: plans once, then goes on with the plan from the results that the client sends.

The plan is kept by its id, which is part of every call's id, so going on needs no model. Where it is kept no more (it
has expired, or another gateway made it), the sentence is planned again: the clock of the first time is in the call's
id, too, the planner draws no lots, and every call in the messages has to be one that this plan makes, with the same
arguments. If one is not, the request is refused: nobody knows which calls of the lost plan were still to come.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime, timedelta

from deskhand_contract.client_tools import ClientNode
from deskhand_contract.openai import MODEL_PLAN
from deskhand_contract.plan import PlanNode
from deskhand_contract.services import Clock, PlanEnd
from deskhand_serving.errors import ServingError
from pydantic import BaseModel, ValidationError

from ..chunks import Call, usage_of
from ..command import Command
from ..errors import ApiFailure, BadRequest, from_service
from ..planning import Choice, Planning
from ..reply import Reply
from ..store import Store
from ..wording import NOTHING_HEARD
from .answer import NO_TOOL, compose, plan_as_text
from .own import difference
from .progress import Node, Progress
from .toolset import Toolset
from .turn import AskedCall, Turn

logger = logging.getLogger(__name__)

KIND = "client_plan"
_CALL_ID = re.compile(r"call_([0-9a-f]{24})_([0-9a-z]{1,8})_(\d{1,4})")
_EPOCH = datetime(1970, 1, 1)
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"

Query = Callable[[], Awaitable[str]]
"""Gives the user's words; recordings are transcribed only when somebody asks. Raises ApiFailure."""


class _KeptPlan(BaseModel):
    """A plan as it is kept: nodes of Deskhand's own tools, or of the client's."""

    own: tuple[PlanNode, ...] = ()
    client: tuple[ClientNode, ...] = ()


@dataclass(frozen=True)
class CallId:
    """What is in the id of a call: the plan, the user's wall time when it was made, the node."""

    plan: str
    now: str
    node: int

    def __str__(self) -> str:
        seconds = int((datetime.fromisoformat(self.now) - _EPOCH).total_seconds())
        return f"call_{self.plan}_{_base36(seconds)}_{self.node}"

    @classmethod
    def read(cls, text: str) -> CallId | None:
        """None for a call that no Deskhand gave out."""
        match = _CALL_ID.fullmatch(text)
        if not match:
            return None
        now = _EPOCH + timedelta(seconds=int(match[2], 36)) if int(match[2], 36) < 10**10 else None
        return cls(match[1], now.isoformat(), int(match[3])) if now else None


class ClientPlans:
    """`keep_s`: how long a plan is kept after it was made."""

    def __init__(self, planning: Planning, store: Store, keep_s: float) -> None:
        self._planning = planning
        self._store = store
        self._keep_s = keep_s

    async def serve(self, command: Command, toolset: Toolset, query: Query, clock: Clock, reply: Reply) -> None:
        """Raises ApiFailure."""
        if not command.turn.calls:
            await self._begin(command, toolset, query, clock, reply)
        elif command.model == MODEL_PLAN:
            self._tell(_as_called(toolset, command.turn), None, reply)
        else:
            await self._go_on(command, toolset, query, clock, reply)

    async def _begin(self, command: Command, toolset: Toolset, query: Query, clock: Clock, reply: Reply) -> None:
        words = await query()
        if not words:
            reply.content(NOTHING_HEARD)
            reply.finish("stop", usage_of(None))
            return
        progress = Progress(toolset.declared)
        nothing_called = not toolset.tools
        given: set[int] = set()

        def give(node: Node) -> None:
            """Calls go out while the planner still writes."""
            progress.add([node])
            if nothing_called:
                return
            if command.model == MODEL_PLAN:
                arguments = node.wire_arguments()
            elif given and not toolset.parallel:
                return
            else:
                ready = next((ready for ready in progress.ready() if ready.node is node), None)
                if ready is None:
                    return
                arguments = ready.arguments
            given.add(node.id)
            reply.call(Call(str(CallId(command.id, clock.now, node.id)), node.tool, arguments))

        allowed = toolset.tools or tuple(toolset.declared.values())
        choice = _choice(toolset, tuple(tool.name for tool in allowed), required=toolset.required)
        end = await self._plan(command, words, clock, choice, toolset, give)
        if nothing_called:
            reply.content(plan_as_text(progress.nodes))
            reply.finish("stop", usage_of(end))
        elif given:
            if command.model != MODEL_PLAN:
                await self._keep(command.id, progress.nodes)
            reply.finish("tool_calls", usage_of(end))
        else:
            self._tell(progress, end, reply)

    async def _go_on(self, command: Command, toolset: Toolset, query: Query, clock: Clock, reply: Reply) -> None:
        turn = command.turn
        origin = next((read for call in turn.calls if (read := CallId.read(call.id))), None)
        nodes = await self._kept(origin.plan) if origin else None
        kept, end = nodes is not None, None
        if nodes is None:
            nodes, end = await self._plan_again(command, toolset, origin, query, clock)
        progress = Progress(toolset.declared)
        progress.add(nodes)
        for call in turn.calls:
            progress.take(_match(call, progress, origin, kept=kept), turn.results[call.id])
        ready = progress.ready() if toolset.tools else []
        if not ready:
            self._tell(progress, end, reply)
            return
        plan = origin or CallId(command.id, clock.now, 0)
        for call in ready if toolset.parallel else ready[:1]:
            reply.call(Call(str(CallId(plan.plan, plan.now, call.node.id)), call.node.tool, call.arguments))
        if not kept:
            await self._keep(plan.plan, nodes)
        reply.finish("tool_calls", usage_of(end))

    async def _plan(
        self,
        command: Command,
        words: str,
        clock: Clock,
        choice: Choice,
        toolset: Toolset,
        take: Callable[[Node], None],
    ) -> PlanEnd | None:
        end: PlanEnd | None = None
        try:
            async with aclosing(self._planning.choose(command.run, words, clock, choice)) as events:
                async for event in events:
                    if isinstance(event, PlanEnd):
                        end = event
                    else:
                        take(event.node)
        except ServingError as error:
            raise _refused(error, toolset) from error
        return end

    async def _plan_again(
        self, command: Command, toolset: Toolset, origin: CallId | None, query: Query, clock: Clock
    ) -> tuple[list[Node], PlanEnd | None]:
        words = await query()
        if not words:
            raise BadRequest(NOTHING_HEARD, code="empty_message", param="messages")
        if origin:
            clock = Clock(now=origin.now, timezone=clock.timezone)
        nodes: list[Node] = []
        names = tuple(tool.name for tool in toolset.tools or toolset.declared.values())
        choice = _choice(toolset, names, required=True)  # there were calls, so the plan is not empty
        logger.info("planning again: the plan is not kept here", extra={"run": command.run})
        end = await self._plan(command, words, clock, choice, toolset, nodes.append)
        return nodes, end

    async def _keep(self, plan: str, nodes: Sequence[Node]) -> None:
        kept = _KeptPlan(
            own=tuple(node for node in nodes if isinstance(node, PlanNode)),
            client=tuple(node for node in nodes if isinstance(node, ClientNode)),
        )
        try:
            await self._store.put(KIND, plan, kept.model_dump_json().encode(), self._keep_s)
        except ServingError:  # a full disk, say; the plan can be made again from the messages
            logger.exception("a plan cannot be kept", extra={"plan": plan})

    async def _kept(self, plan: str) -> list[Node] | None:
        body = await self._store.get(KIND, plan)
        if body is None:
            return None
        try:
            kept = _KeptPlan.model_validate_json(body)
        except ValidationError:  # written by another version
            logger.warning("a kept plan cannot be read", extra={"plan": plan})
            return None
        return [*kept.own, *kept.client]

    @staticmethod
    def _tell(progress: Progress, end: PlanEnd | None, reply: Reply) -> None:
        reply.content(compose(progress) if progress.nodes else NO_TOOL)
        reply.finish("stop", usage_of(end))


def _choice(toolset: Toolset, names: tuple[str, ...], *, required: bool) -> Choice:
    tools = tuple(toolset.declared[name] for name in names)
    if all(difference(tool) is None for tool in tools):
        return Choice(own=names, required=required)
    return Choice(client_tools=tools, required=required)


def _refused(error: ServingError, toolset: Toolset) -> ApiFailure:
    if error.error.code == "tools_need_engine":
        why = "; ".join(filter(None, map(difference, toolset.tools or toolset.declared.values())))
        return BadRequest(f"{error.error.message}. Here: {why}.", code=error.error.code, param="tools")
    if error.error.code == "unsupported_schema":
        return BadRequest(error.error.message, code=error.error.code, param="tools")
    return from_service(error)


def _match(call: AskedCall, progress: Progress, origin: CallId | None, *, kept: bool) -> Node:
    """The node that the call is of. A call of a kept plan is known by its id, and its arguments may have been changed
    by the client; any other has to be what the plan calls. Raises BadRequest."""
    read = CallId.read(call.id)
    number = read.node if read and origin and read.plan == origin.plan else None
    for ready in progress.ready():
        if ready.node.tool != call.name or number not in (None, ready.node.id):
            continue
        if (number is not None and kept) or ready.arguments == call.arguments:
            return ready.node
    message = (
        f"The call {call.id} of {call.name} belongs to a plan that is not kept here (any more), and the same sentence "
        "gives another plan now. Send the user's message again, without the calls and results behind it."
    )
    raise BadRequest(message, code="plan_not_found", param="messages")


def _as_called(toolset: Toolset, turn: Turn) -> Progress:
    """Of the model `deskhand-plan` every call went out at once: the calls are the plan."""
    progress = Progress(toolset.declared)
    for number, call in enumerate(turn.calls, 1):
        node = ClientNode(id=number, tool=call.name, arguments=call.arguments)
        progress.add([node])
        progress.take(node, turn.results[call.id])
    return progress


def _base36(number: int) -> str:
    digits = ""
    while number:
        number, digit = divmod(number, 36)
        digits = _DIGITS[digit] + digits
    return digits or "0"
