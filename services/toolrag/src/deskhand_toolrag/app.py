"""The ToolRAG service: POST /classify, a sentence -> probabilities of all tools and the selected ones."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager

from deskhand_contract.services import ClassifyRequest, ClassifyResponse, Health
from deskhand_contract.tools import TOOL_NAMES
from deskhand_serving.app import create_service
from fastapi import FastAPI, Request

from .classifier import Classifier
from .settings import ToolRAGSettings


def create_app(settings: ToolRAGSettings) -> FastAPI:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.classifier = await asyncio.to_thread(Classifier, settings.model_path, settings.threads)
        with ThreadPoolExecutor(1, "toolrag") as worker:
            app.state.worker = worker
            yield

    app = create_service(settings, lifespan=lifespan, health=_health)

    @app.post("/classify")
    async def classify(request: ClassifyRequest, http: Request) -> ClassifyResponse:  # pyright: ignore[reportUnusedFunction]
        state, loop = http.app.state, asyncio.get_running_loop()
        values = await loop.run_in_executor(state.worker, state.classifier.probabilities, request.query)
        probabilities = {name: round(float(value), 6) for name, value in zip(TOOL_NAMES, values, strict=True)}
        selected = [name for name, value in probabilities.items() if value >= settings.threshold]
        return ClassifyResponse(probabilities=probabilities, tools=selected, threshold=settings.threshold)

    return app


def _health(_: FastAPI) -> Health:
    return Health(service="toolrag", ready=True, detail="classifier loaded")
