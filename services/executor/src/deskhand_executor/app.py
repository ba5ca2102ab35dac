"""The executor service: POST /execute carries out a node, POST /undo takes an effect back, POST /doctor asks whether
the applications may be used."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from deskhand_contract.services import Diagnosis, ExecuteRequest, Health, Observation, UndoRequest
from deskhand_serving.app import create_service
from fastapi import FastAPI, Request

from .backends import create_backend
from .backends.base import Backend
from .execution import Executor
from .journal import Journal
from .settings import ExecutorSettings

logger = logging.getLogger(__name__)

JOURNAL = "executor.sqlite3"


def create_app(settings: ExecutorSettings, backend: Backend | None = None) -> FastAPI:
    """`backend` replaces the one that the settings name."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        executor = await asyncio.to_thread(_open, settings, backend)
        app.state.executor, app.state.detail = executor, "reading the contacts"
        try:
            async with asyncio.TaskGroup() as group:
                warming = group.create_task(_warm_up(app, executor), name="warm-up")
                try:
                    yield
                finally:
                    warming.cancel()
        finally:
            await asyncio.to_thread(executor.close)

    app = create_service(settings, lifespan=lifespan, health=_health)

    @app.post("/execute")
    async def execute(request: ExecuteRequest, http: Request) -> Observation:  # pyright: ignore[reportUnusedFunction]
        return await http.app.state.executor.execute(request)

    @app.post("/undo")
    async def undo(request: UndoRequest, http: Request) -> Observation:  # pyright: ignore[reportUnusedFunction]
        return await http.app.state.executor.undo(request.undo)

    @app.post("/doctor")
    async def doctor(http: Request) -> Diagnosis:  # pyright: ignore[reportUnusedFunction]
        return await http.app.state.executor.doctor()

    return app


def _open(settings: ExecutorSettings, backend: Backend | None) -> Executor:
    return Executor(
        backend or create_backend(settings), Journal(settings.home / JOURNAL), timeout_s=settings.tool_timeout_s
    )


async def _warm_up(app: FastAPI, executor: Executor) -> None:
    try:
        app.state.detail = await executor.warm_up()
    except Exception:  # a task's boundary: the first call reads what is missing, and says what is wrong
        logger.exception("warming up failed")
        app.state.detail = "warming up failed; the log says why"


def _health(app: FastAPI) -> Health:
    return Health(service="executor", ready=True, detail=app.state.detail)
