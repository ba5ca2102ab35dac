"""The speech service on a real socket with a real, tiny Whisper: tests/fixtures/whisper-micro."""

from __future__ import annotations

import io
import json
import wave
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from deskhand_contract.services import Transcription
from deskhand_serving.client import ServiceClient
from deskhand_serving.testing import running
from deskhand_stt.app import create_app
from deskhand_stt.hub import Fetch
from deskhand_stt.settings import SttSettings

MICRO = Path(__file__).parents[3] / "tests" / "fixtures" / "whisper-micro"
RECORDINGS: dict[str, str] = json.loads((MICRO / "micro.json").read_text())["recordings"]

Serve = Callable[..., str]


def recorded(name: str) -> bytes:
    return (MICRO / "audio" / name).read_bytes()


def wav(pcm: bytes) -> bytes:
    """A wav file of 16 kHz samples in 16 bits."""
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16_000)
        file.writeframes(pcm)
    return out.getvalue()


def silent(seconds: float) -> bytes:
    """Samples in which nobody speaks."""
    return bytes(2 * round(16_000 * seconds))


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """Start a service with the given settings, or with the micro model; gives its URL."""
    with ExitStack() as stack:

        def start(fetch: Fetch | None = None, **settings: Any) -> str:
            chosen = SttSettings(home=tmp_path, **({"model_path": MICRO, "threads": 1} | settings))
            return stack.enter_context(running(create_app(chosen, fetch) if fetch else create_app(chosen)))

        yield start


@pytest.fixture
def whisper(serve: Serve) -> str:
    return serve()


@asynccontextmanager
async def client_of(url: str) -> AsyncIterator[ServiceClient]:
    async with ServiceClient("stt", url) as client:
        yield client


async def transcribe(url: str, content: bytes, name: str = "audio", **fields: str) -> Transcription:
    async with client_of(url) as client:
        return await client.upload("/transcribe", name=name, content=content, fields=fields, answer=Transcription)


async def detail(url: str) -> str:
    async with client_of(url) as client:
        health = await client.health()
    assert health.ready
    return health.detail
