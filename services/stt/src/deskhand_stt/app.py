"""The speech service: POST /transcribe, a recording -> its words, whole or segment by segment."""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing, asynccontextmanager
from typing import Annotated

from deskhand_contract.errors import WireError
from deskhand_contract.services import Health, TranscribeEvent, TranscribeFailed, Transcription
from deskhand_serving.app import create_service, ndjson
from deskhand_serving.disconnect import while_connected
from deskhand_serving.errors import ServingError
from fastapi import FastAPI, Form, Request, Response, UploadFile

from .hub import Fetch, fetch_from_hub
from .settings import SttSettings
from .transcriber import Transcriber
from .whisper import Options

logger = logging.getLogger(__name__)

CLIENT_GONE = 499
"""Status of an answer that nobody reads."""

Language = Annotated[str | None, Form(max_length=16)]
Prompt = Annotated[str | None, Form(max_length=4000)]
Temperature = Annotated[float, Form(ge=0, le=1)]


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
        language: Language = None,
        prompt: Prompt = None,
        temperature: Temperature = 0.0,
        words: Annotated[bool, Form()] = False,
    ) -> Transcription | Response:
        content = await file.read()
        work = request.app.state.transcriber.transcribe(content, Options(language, prompt, temperature, words))
        heard = await while_connected(request.receive, work)
        return Response(status_code=CLIENT_GONE) if heard is None else heard

    @app.post("/transcribe/stream")
    async def stream(  # pyright: ignore[reportUnusedFunction]
        request: Request,
        file: UploadFile,
        language: Language = None,
        prompt: Prompt = None,
        temperature: Temperature = 0.0,
    ) -> Response:
        content = await file.read()
        events = request.app.state.transcriber.stream(content, Options(language, prompt, temperature))
        # Until the first segment is there, an error has a status of its own.
        first = await while_connected(request.receive, anext(events))
        if first is None:
            await events.aclose()
            return Response(status_code=CLIENT_GONE)
        return ndjson(_from_first(first, events))

    return app


async def _from_first(
    first: TranscribeEvent, events: AsyncGenerator[TranscribeEvent, None]
) -> AsyncGenerator[TranscribeEvent, None]:
    """The first event, those behind it, and an error as the last of them."""
    async with aclosing(events):
        yield first
        try:
            async for event in events:
                yield event
        except ServingError as error:
            yield TranscribeFailed(error=error.error)
        except Exception:
            logger.exception("transcribing failed")
            message = "the speech service failed; its log says why"
            yield TranscribeFailed(error=WireError(code="internal_error", message=message))


def _health(app: FastAPI) -> Health:
    """Ready without a model too: the stack serves those who type."""
    return Health(service="stt", ready=True, detail=app.state.transcriber.health())
