"""The planner service: POST /plan, a sentence and tools -> plan nodes, streamed as they are written."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import dataclass

from deskhand_contract.client_tools import ClientNode
from deskhand_contract.errors import ContractError, WireError
from deskhand_contract.services import (
    Health,
    PlanCallEvent,
    PlanEnd,
    PlanEvent,
    PlanFailed,
    PlanNodeEvent,
    PlanRequest,
)
from deskhand_contract.tools import get_tool
from deskhand_serving.app import create_service, ndjson
from deskhand_serving.errors import ServingError
from fastapi import FastAPI, Request
from fastapi.responses import StreamingResponse

from .complete import Completer
from .engines import Engine, PlanStats
from .errors import FallbackNeeded, ModelUnavailable
from .settings import PlannerSettings

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Engines:
    main: Engine
    fallback: Engine | None = None

    def of(self, request: PlanRequest) -> Engine:
        """The embedded planner knows the registry's tools only; the others plan with any. The fallback replans. Raises
        FallbackNeeded."""
        if request.previous is not None:
            if self.fallback is None:
                raise FallbackNeeded
            return self.fallback
        if request.client_tools is not None and self.fallback and self.main.name == "embedded":
            return self.fallback
        return self.main


async def load_engine(settings: PlannerSettings) -> Engine:
    """The engine that the settings name. Raises ModelUnavailable."""
    if settings.engine == "openai":
        from .engines.openai import OpenAIEngine

        return OpenAIEngine.connect(
            settings.openai_base_url,
            settings.openai_model,
            settings.openai_api_key.get_secret_value(),
            timeout_s=settings.openai_timeout_s,
            grammar=settings.openai_grammar,
        )
    if settings.engine == "gguf":
        from .engines import gguf

        if settings.gguf_path is None:
            raise ModelUnavailable("the engine gguf needs a model; set planner.gguf_path to a GGUF of a chat model")
        return await asyncio.to_thread(
            gguf.load,
            settings.gguf_path.expanduser(),
            context=settings.gguf_context,
            threads=settings.gguf_threads,
            chat_template=settings.gguf_chat_template,
        )
    from .engines import embedded

    return await asyncio.to_thread(embedded.load, settings.model_path, settings.threads)


def create_app(settings: PlannerSettings) -> FastAPI:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            main = await load_engine(settings)
            stack.push_async_callback(main.aclose)
            fallback = None
            if settings.fallback != "none":
                fallback = await load_engine(settings.model_copy(update={"engine": settings.fallback}))
                stack.push_async_callback(fallback.aclose)
            app.state.engines = Engines(main, fallback)
            yield

    app = create_service(settings, lifespan=lifespan, health=_health)

    @app.post("/plan")
    async def plan(request: PlanRequest, http: Request) -> StreamingResponse:  # pyright: ignore[reportUnusedFunction]
        for tool in request.tools or ():
            get_tool(tool)
        engines: Engines = http.app.state.engines
        return ndjson(plan_events(engines.of(request), request, can_replan=engines.fallback is not None))

    return app


def _health(app: FastAPI) -> Health:
    engines: Engines = app.state.engines
    fallback = f", fallback {engines.fallback.name}" if engines.fallback else ""
    return Health(service="planner", ready=True, detail=f"engine {engines.main.name}{fallback}")


async def plan_events(
    engine: Engine, request: PlanRequest, *, can_replan: bool = False
) -> AsyncGenerator[PlanEvent, None]:
    """Nodes with their values completed, then the end; an error ends the stream as PlanFailed."""
    completer = Completer(request.clock, request.query)
    try:
        async with aclosing(engine.plan(request)) as results:
            async for result in results:
                if isinstance(result, PlanStats):
                    yield PlanEnd(
                        confidence=result.confidence,
                        can_replan=can_replan,
                        prompt_tokens=result.prompt_tokens,
                        completion_tokens=result.completion_tokens,
                    )
                elif isinstance(result, ClientNode):
                    yield PlanCallEvent(node=result)
                else:
                    yield PlanNodeEvent(node=completer.complete(result), rated=engine.rates_plans)
    except ServingError as error:
        yield PlanFailed(error=error.error)
    except ContractError as error:
        yield PlanFailed(error=WireError(code=error.code, message=str(error)))
    except Exception:
        logger.exception("planning failed")
        yield PlanFailed(error=WireError(code="internal_error", message="the planner failed; its log says why"))
