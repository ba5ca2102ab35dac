"""What the two models do with a command: `deskhand` plans, carries out and answers; `deskhand-plan` plans.

Where a command brings its own tools, nothing is carried out here: see `client_tools`.
"""

from __future__ import annotations

import asyncio
import functools
import json
import logging
from contextlib import aclosing

from deskhand_contract.events import NodeStatus, PlanUpdate
from deskhand_contract.openai import MODEL_PLAN
from deskhand_contract.services import Clock, PlanEnd, PlanNodeEvent
from deskhand_serving.errors import ServingError

from .chunks import Call, usage_of
from .client_tools.service import ClientPlans
from .clock import RequestClock
from .command import Command, call_id, check_length
from .errors import from_service
from .planning import Planning
from .reply import Reply
from .runs.consent import consent
from .runs.lifecycle import Opening, Runs
from .runs.turn import Turn
from .voice import Ears
from .wording import NOTHING_HEARD, OUT_OF_SCOPE

logger = logging.getLogger(__name__)


class Chat:
    def __init__(
        self, planning: Planning, runs: Runs, ears: Ears, clock: RequestClock, client_plans: ClientPlans
    ) -> None:
        self._planning = planning
        self._runs = runs
        self._ears = ears
        self._clock = clock
        self._client_plans = client_plans

    async def answer(self, command: Command, reply: Reply) -> None:
        """Serve a command into `reply`. Raises ApiFailure. Cancelling stops the plan as the dispatcher says; a run that
        has an idempotency key goes on without its client."""
        if command.toolset:
            clock = await self._clock.read(command.metadata)
            query_of = functools.partial(self._query, command, reply)
            await self._client_plans.serve(command, command.toolset, query_of, clock, reply)
        elif command.model == MODEL_PLAN:
            clock, query = await self._read(command, reply)
            await (self._plan(command, query, clock, reply) if query else self._say(NOTHING_HEARD, reply))
        elif command.key is None:
            await self._give(await self._begin(command, reply), command, reply)
        else:
            turn, repeated = await self._runs.keys.once(
                command.key, command.digest, lambda: self._begin(command, reply)
            )
            if repeated and isinstance(turn, Turn):
                reply.identify(turn.id, turn.created)
            await self._give(turn, command, reply)

    async def _begin(self, command: Command, reply: Reply) -> Turn | str:
        """Start what the command asks for. Only words where there is nothing to be done."""
        clock, query = await self._read(command, reply)
        opening = Opening(
            command.completion, command.created, command.started_s, command.key, command.digest if command.key else None
        )
        if not query:
            return NOTHING_HEARD
        if command.decision:
            return await self._runs.decided(command.decision, opening)
        said = consent(query)
        if said is not None:
            return await self._runs.reply_to(command.previous, yes=said, opening=opening)
        events = self._planning.events(command.run, query, clock)
        return self._runs.begin(command.run, query, clock, command.approval, events, opening)

    async def _read(self, command: Command, reply: Reply) -> tuple[Clock, str]:
        clock = await self._clock.read(command.metadata)
        query = await self._query(command, reply)
        logger.debug("query", extra={"run": command.run, "query": query})
        return clock, query

    async def _query(self, command: Command, reply: Reply) -> str:
        """The user's words; recordings are transcribed in place. Empty when nobody speaks in them."""
        words: list[str] = []
        for part in command.parts:
            if isinstance(part, str):
                words.append(part.strip())
                continue
            heard = await self._ears.hear(part)
            words.append(heard)
            if command.show_progress:
                reply.reasoning(f"Heard: {heard}\n")
        return check_length(" ".join(word for word in words if word))

    async def _plan(self, command: Command, query: str, clock: Clock, reply: Reply) -> None:
        end: PlanEnd | None = None
        nodes = 0
        try:
            async with aclosing(self._planning.events(command.run, query, clock)) as events:
                async for event in events:
                    if isinstance(event, PlanNodeEvent):
                        node = event.node
                        reply.call(Call(call_id(command.completion, node.id), node.tool, node.wire_arguments()))
                        nodes += 1
                    else:
                        end = event
        except ServingError as error:
            raise from_service(error) from error
        if not nodes:
            reply.content(OUT_OF_SCOPE)
        reply.finish("tool_calls" if nodes else "stop", usage_of(end))

    async def _give(self, turn: Turn | str, command: Command, reply: Reply) -> None:
        """Follow a turn to its end. Raises ApiFailure."""
        if isinstance(turn, str):
            await self._say(turn, reply)
            return
        try:
            async with aclosing(turn.updates()) as updates:
                async for update in updates:
                    self._show(update, turn, command, reply)
            told = await turn.told()
        except asyncio.CancelledError:
            if command.key is None:
                await turn.cancel()
            raise
        reply.content(told.content)
        reply.finish("stop", told.usage)

    @staticmethod
    def _show(update: PlanUpdate, turn: Turn, command: Command, reply: Reply) -> None:
        reply.update(update)
        if command.show_calls and update.status is NodeStatus.DISPATCHED:
            reply.call(Call(call_id(turn.id, update.node), update.name, update.arguments))
        if command.show_progress:
            reply.reasoning(_progress(update))

    @staticmethod
    async def _say(words: str, reply: Reply) -> None:
        reply.content(words)
        reply.finish("stop", usage_of(None))


def _progress(update: PlanUpdate) -> str:
    """An event as a line for people who watch."""
    if update.status is NodeStatus.DISPATCHED:
        said = f"{update.name} {json.dumps(update.arguments, ensure_ascii=False)}"
    elif update.error:
        said = f"{update.status.value}: {update.error.message}"
    else:
        said = update.status.value
    return f"{update.node}. {said}\n"
