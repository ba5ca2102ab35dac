"""What the two models do with a command: `deskhand` plans, carries out and answers; `deskhand-plan` plans."""

from __future__ import annotations

import json
import logging
from contextlib import aclosing

from deskhand_contract.events import NodeStatus, PlanUpdate
from deskhand_contract.openai import MODEL_PLAN
from deskhand_contract.services import Clock, PlanEnd, PlanNodeEvent
from deskhand_serving.errors import ServingError

from .answer import compose
from .chunks import Call, usage_of
from .clock import RequestClock
from .command import Command, check_length
from .dispatch import Dispatcher, RunContext
from .errors import after_effect, from_service
from .planning import Planning
from .reply import Reply
from .voice import Ears
from .wording import NOTHING_HEARD, OUT_OF_SCOPE

logger = logging.getLogger(__name__)


class Chat:
    def __init__(self, planning: Planning, dispatcher: Dispatcher, ears: Ears, clock: RequestClock) -> None:
        self._planning = planning
        self._dispatcher = dispatcher
        self._ears = ears
        self._clock = clock

    async def answer(self, command: Command, reply: Reply) -> None:
        """Serve a command into `reply`. Raises ApiFailure. Cancelling stops the plan as the dispatcher says."""
        clock = await self._clock.read(command.metadata)
        query = await self._query(command, reply)
        logger.debug("query", extra={"run": command.run, "query": query})
        if not query:
            reply.content(NOTHING_HEARD)
            reply.finish("stop", usage_of(None))
        elif command.model == MODEL_PLAN:
            await self._plan(command, query, clock, reply)
        else:
            await self._run(command, query, clock, reply)

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
                        reply.call(Call(command.call_id(node.id), node.tool, node.wire_arguments()))
                        nodes += 1
                    else:
                        end = event
        except ServingError as error:
            raise from_service(error) from error
        if not nodes:
            reply.content(OUT_OF_SCOPE)
        reply.finish("tool_calls" if nodes else "stop", usage_of(end))

    async def _run(self, command: Command, query: str, clock: Clock, reply: Reply) -> None:
        async def emit(update: PlanUpdate) -> None:
            reply.update(update)
            if command.show_calls and update.status is NodeStatus.DISPATCHED:
                reply.call(Call(command.call_id(update.node), update.name, update.arguments))
            if command.show_progress:
                reply.reasoning(_progress(update))

        context = RunContext(command.run, clock, command.started_s)
        events = self._planning.events(command.run, query, clock)
        result = await self._dispatcher.run(context, events, emit)
        statuses = [outcome.status.value for outcome in result.outcomes]
        logger.info("run ended", extra={"run": command.run, "nodes": statuses, "failed": result.failure is not None})
        if result.failure and result.effects:
            raise after_effect(result.failure, compose(query, result.outcomes)) from result.failure
        if result.failure:
            raise from_service(result.failure) from result.failure
        reply.content(compose(query, result.outcomes))
        reply.finish("stop", usage_of(result.end))


def _progress(update: PlanUpdate) -> str:
    """An event as a line for people who watch."""
    if update.status is NodeStatus.DISPATCHED:
        said = f"{update.name} {json.dumps(update.arguments, ensure_ascii=False)}"
    elif update.error:
        said = f"{update.status.value}: {update.error.message}"
    else:
        said = update.status.value
    return f"{update.node}. {said}\n"
