"""From a sentence to plan events: ToolRAG selects the tools, the planner streams the nodes."""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from deskhand_contract.client_tools import ClientTool
from deskhand_contract.errors import WireError
from deskhand_contract.services import (
    ClassifyRequest,
    ClassifyResponse,
    Clock,
    PastNode,
    PlanCallEvent,
    PlanEnd,
    PlanEvent,
    PlanFailed,
    PlanNodeEvent,
    PlanRequest,
)
from deskhand_serving.client import ServiceClient
from deskhand_serving.errors import ServiceFailure, ServingError
from pydantic import TypeAdapter

logger = logging.getLogger(__name__)

REFUSED = frozenset({"sentence_too_long", "tools_need_engine", "unsupported_schema"})
"""Codes of the planner that mean: the request, not the planner, is at fault."""

_EVENT: TypeAdapter[Any] = TypeAdapter(PlanEvent)


@dataclass(frozen=True)
class Choice:
    """What a plan may call: of Deskhand's own tools those in `own` (None: all), or `client_tools` instead of them.
    `required`: it has to call something."""

    own: tuple[str, ...] | None = None
    client_tools: tuple[ClientTool, ...] | None = None
    required: bool = False


class Planning:
    def __init__(self, toolrag: ServiceClient, planner: ServiceClient) -> None:
        self._toolrag = toolrag
        self._planner = planner

    async def events(self, run: str, query: str, clock: Clock) -> AsyncGenerator[PlanNodeEvent | PlanEnd, None]:
        """Nodes of Deskhand's own tools as the planner writes them, then one PlanEnd. Raises and closes as `choose`."""
        async with aclosing(self.choose(run, query, clock, Choice())) as events:
            async for event in events:
                if not isinstance(event, PlanCallEvent):
                    yield event

    async def choose(
        self, run: str, query: str, clock: Clock, choice: Choice
    ) -> AsyncGenerator[PlanNodeEvent | PlanCallEvent | PlanEnd, None]:
        """Nodes as the planner writes them, then one PlanEnd.

        Raises ServingError when there is no planner, when it fails, or when its stream ends early. Closing the
        iterator closes the connection, and the planner stops decoding.
        """
        request = PlanRequest(
            query=query,
            tools=None if choice.client_tools else await self._among(run, query, choice),
            client_tools=list(choice.client_tools) if choice.client_tools else None,
            calls_required=choice.required,
            clock=clock,
        )
        async with aclosing(self._stream(request)) as events:
            async for event in events:
                yield event

    async def replan(
        self, run: str, query: str, clock: Clock, previous: list[PastNode]
    ) -> AsyncGenerator[PlanNodeEvent | PlanEnd, None]:
        """What is still to be done after the nodes so far, by the planner's fallback, with ToolRAG's tools and those
        that were planned with before. Raises and closes as `choose`."""
        selected = await self._select(run, query)
        if selected is not None:
            selected = sorted({*selected, *(past.node.tool for past in previous)})
        request = PlanRequest(query=query, tools=selected, client_tools=None, previous=previous, clock=clock)
        async with aclosing(self._stream(request)) as events:
            async for event in events:
                if not isinstance(event, PlanCallEvent):
                    yield event

    async def _stream(self, request: PlanRequest) -> AsyncGenerator[PlanNodeEvent | PlanCallEvent | PlanEnd, None]:
        ended = False
        async with aclosing(self._planner.stream("/plan", request, _EVENT)) as events:
            async for event in events:  # to the end of the stream, so that the connection serves the next plan
                if isinstance(event, PlanFailed):
                    raise ServiceFailure(event.error, _status(event.error))
                ended = isinstance(event, PlanEnd)
                yield event
        if ended:
            return
        message = "the planner stopped before the end of the plan"
        raise ServiceFailure.of("plan_interrupted", message, 503, retryable=True)

    async def _among(self, run: str, query: str, choice: Choice) -> list[str] | None:
        """ToolRAG's selection within what may be called; all that may be called, where one has to be and none fits."""
        selected = await self._select(run, query)
        if choice.own is None:
            return selected
        left = [name for name in choice.own if selected is None or name in selected]
        return left or (list(choice.own) if choice.required else [])

    async def _select(self, run: str, query: str) -> list[str] | None:
        """Names of the tools to plan with; None for all, when ToolRAG cannot say."""
        try:
            answer = await self._toolrag.post("/classify", ClassifyRequest(query=query), ClassifyResponse)
        except ServingError as error:
            logger.warning(
                "planning with all tools: ToolRAG gives no answer", extra={"run": run, "code": error.error.code}
            )
            return None
        return answer.tools


def _status(error: WireError) -> int:
    """HTTP status for an error that came within the stream, where there is none."""
    if error.code in REFUSED:
        return 422
    return 503 if error.retryable else 500
