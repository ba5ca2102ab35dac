"""The speech service: POST /transcribe, a recording -> its words."""

from __future__ import annotations

from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Annotated

from deskhand_contract.services import Health, Transcription
from deskhand_serving.app import create_service
from deskhand_serving.disconnect import while_connected
from fastapi import FastAPI, Form, Request, Response, UploadFile

from .hub import Fetch, fetch_from_hub
from .settings import SttSettings
from .transcriber import Transcriber
from .whisper import Options


def create_app(settings: SttSettings, fetch: Fetch = fetch_from_hub) -> FastAPI:
    """`fetch` brings a model that is not on disk."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        with ThreadPoolExecutor(1, "whisper") as worker, ThreadPoolExecutor(1, "download") as downloads:
            transcriber = app.state.transcriber = Transcriber(settings, worker, downloads, fetch)
            try:
                yield
            finally:
                transcriber.stop()

    app = create_service(settings, lifespan=lifespan, health=_health)

    @app.post("/transcribe", response_model=Transcription)
    async def transcribe(  # pyright: ignore[reportUnusedFunction]
        request: Request,
        file: UploadFile,
        language: Annotated[str | None, Form(max_length=16)] = None,
        prompt: Annotated[str | None, Form(max_length=4000)] = None,
        temperature: Annotated[float, Form(ge=0, le=1)] = 0.0,
        words: Annotated[bool, Form()] = False,
    ) -> Transcription | Response:
        content = await file.read()
        work = request.app.state.transcriber.transcribe(content, Options(language, prompt, temperature, words))
        heard = await while_connected(request.receive, work)
        return Response(status_code=499) if heard is None else heard  # nobody reads it

    return app


def _health(app: FastAPI) -> Health:
    """Ready without a model too: the stack serves those who type."""
    return Health(service="stt", ready=True, detail=app.state.transcriber.health())
