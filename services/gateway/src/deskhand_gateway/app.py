"""The gateway as an application."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial

from deskhand_contract.services import ExecuteRequest, Observation, UndoRequest
from deskhand_serving.client import Call, ServiceClient
from deskhand_serving.context import in_node
from deskhand_serving.errors import ServiceUnavailable
from deskhand_serving.middleware import Watch
from deskhand_web import load
from fastapi import FastAPI

from . import errors, openapi
from .auth import Guard, load_or_create_api_key
from .chat import Chat
from .client_tools.service import ClientPlans
from .clock import RequestClock
from .dispatch import Dispatcher
from .limits import Limits
from .metrics import Metrics
from .planning import Planning
from .responses.kept import KeptResponses
from .routes import audio, chat, console, doctor, health, models, responses
from .routes import metrics as metrics_routes
from .routes import runs as run_routes
from .routes import settings as settings_routes
from .runs.journal import Journal
from .runs.lifecycle import Runs
from .runs.recovery import recover
from .settings import GatewaySettings
from .state import Gateway
from .store import Store
from .voice import Ears

logger = logging.getLogger(__name__)

ROUTES = (chat, responses, run_routes, models, audio, health, doctor, metrics_routes, console, settings_routes)
UPKEEP_S = 600.0
OPEN_PATHS = frozenset({"/healthz", console.PAGE})
OPEN_FOLDERS = (f"{console.ASSETS}/",)


def create_app(settings: GatewaySettings) -> FastAPI:
    """Nothing is opened before the app starts; then it makes the API key, if the home has none."""
    app = FastAPI(
        lifespan=_lifespan,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        generate_unique_id_function=openapi.route_id,
    )
    app.openapi = partial(openapi.document, app)
    app.state.settings = settings
    errors.install(app)
    metrics = app.state.metrics = Metrics(settings.home)
    app.add_middleware(Limits, settings=settings, open_paths=OPEN_PATHS, open_folders=OPEN_FOLDERS)
    app.add_middleware(Guard, settings=settings, open_paths=OPEN_PATHS, open_folders=OPEN_FOLDERS)
    app.add_middleware(Watch, on_served=metrics.served)
    for routes in ROUTES:
        app.include_router(routes.router)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    settings: GatewaySettings = app.state.settings
    metrics: Metrics = app.state.metrics
    async with AsyncExitStack() as stack:
        worker = ThreadPoolExecutor(1, thread_name_prefix="gateway-worker")
        stack.callback(worker.shutdown, wait=False, cancel_futures=True)
        loop = asyncio.get_running_loop()
        app.state.api_key = await loop.run_in_executor(worker, load_or_create_api_key, settings.api_key_path)
        services = {
            name: await stack.enter_async_context(_client(settings, name, metrics.called))
            for name in ("toolrag", "planner", "executor", "stt")
        }
        executor = services["executor"]

        async def execute(request: ExecuteRequest) -> Observation:
            with in_node(request.run, request.node):
                try:
                    return await executor.post("/execute", request, Observation)
                except ServiceUnavailable as error:
                    if error.error.retryable:  # it was never reached; its sender may say when to try again
                        raise
                    logger.warning("the executor went away in mid-node; asking its next process")
                # Its journal makes this safe: what was begun is refused as interrupted, what was done is told again.
                return await executor.post("/execute", request, Observation)

        async def take_back(request: UndoRequest) -> Observation:
            return await executor.post("/undo", request, Observation)

        planning = Planning(services["toolrag"], services["planner"])
        store = Store(settings.store_path)
        await store.open()
        stack.push_async_callback(store.close)
        dispatcher = Dispatcher(execute, settings.max_running_nodes)
        runs = await stack.enter_async_context(_runs(settings, dispatcher, planning, metrics))
        ears = Ears(services["stt"], worker, settings.max_audio_bytes)
        app.state.gateway = Gateway(
            settings=settings,
            services=services,
            worker=worker,
            ears=ears,
            chat=Chat(
                planning,
                runs,
                ears,
                RequestClock(worker),
                ClientPlans(planning, store, settings.client_plan_hours * 3600),
            ),
            runs=runs,
            take_back=take_back,
            kept=KeptResponses(store, settings.response_days * 86400),
            metrics=metrics,
            started=int(time.time()),
            console=await loop.run_in_executor(worker, load, console.ASSETS),
        )
        yield


@asynccontextmanager
async def _runs(
    settings: GatewaySettings, dispatcher: Dispatcher, planning: Planning, metrics: Metrics
) -> AsyncIterator[Runs]:
    """The journal is opened and what a crash cut off is settled before the first request."""
    journal = Journal(settings.home)
    await journal.open()
    try:
        await recover(journal)
        async with asyncio.TaskGroup() as group:
            runs = Runs(
                journal,
                dispatcher,
                planning.replan,
                group,
                settings.approvals,
                settings.approval_hours * 3600,
                settings.min_confidence,
                settings.max_replans,
                metrics,
            )
            upkeep = group.create_task(_keep_up(runs, settings), name="upkeep")
            try:
                yield runs
            finally:
                upkeep.cancel()
                await runs.close()
    finally:
        await journal.close()


async def _keep_up(runs: Runs, settings: GatewaySettings) -> None:
    """Now and then: what waited for too long is denied, what is too old is forgotten."""
    while True:
        try:
            await runs.expire()
            runs.journal.forget(int(time.time()) - settings.runs_kept_days * 86400, settings.runs_kept)
        except Exception:  # a task's boundary: the next round tries again
            logger.exception("upkeep of the runs failed")
        await asyncio.sleep(UPKEEP_S)


def _client(settings: GatewaySettings, service: str, on_call: Callable[[Call], None]) -> ServiceClient:
    url, timeout_s = {
        "toolrag": (settings.toolrag_url, settings.classify_timeout_s),
        "planner": (settings.planner_url, settings.plan_timeout_s),
        "executor": (settings.executor_url, settings.execute_timeout_s),
        "stt": (settings.stt_url, settings.transcribe_timeout_s),
    }[service]
    token = settings.internal_token.get_secret_value() if settings.internal_token else None
    return ServiceClient(service, url, token, timeout_s, on_call)
