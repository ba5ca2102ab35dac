"""Speech: recordings to the service stt, and its transcriptions in the formats of the API."""

from __future__ import annotations

import asyncio
import base64
import binascii
import zlib
from collections.abc import AsyncGenerator
from concurrent.futures import Executor
from contextlib import aclosing
from typing import Any

from deskhand_contract.services import (
    Segment,
    SegmentHeard,
    TranscribeEnd,
    TranscribeEvent,
    TranscribeFailed,
    Transcription,
)
from deskhand_serving.client import ServiceClient
from deskhand_serving.errors import ServiceFailure, ServingError
from pydantic import TypeAdapter

from .body import too_large
from .command import Recording
from .errors import BadRequest, from_service
from .languages import language_name

_TRANSCRIBE_EVENT: TypeAdapter[Any] = TypeAdapter(TranscribeEvent)


class Ears:
    """Turns recordings into words."""

    def __init__(self, stt: ServiceClient, worker: Executor, max_audio_bytes: int) -> None:
        self._stt = stt
        self._worker = worker
        self._max_audio_bytes = max_audio_bytes

    async def transcribe(self, name: str, content: bytes, **fields: str) -> Transcription:
        """`name` tells the format by its suffix. Raises ApiFailure."""
        self._check(content)
        try:
            return await self._stt.upload(
                "/transcribe", name=name, content=content, fields=fields, answer=Transcription
            )
        except ServingError as error:
            raise from_service(error) from error

    async def follow(
        self, name: str, content: bytes, **fields: str
    ) -> AsyncGenerator[SegmentHeard | TranscribeEnd, None]:
        """`transcribe`, each segment when it is heard. Closing the iterator stops the work. Raises ApiFailure."""
        self._check(content)
        heard = self._stt.upload_stream(
            "/transcribe/stream", name=name, content=content, fields=fields, event=_TRANSCRIBE_EVENT
        )
        try:
            async with aclosing(heard) as events:
                async for event in events:
                    if isinstance(event, TranscribeFailed):
                        raise ServiceFailure(event.error)
                    yield event
        except ServingError as error:
            raise from_service(error) from error

    def _check(self, content: bytes) -> None:
        if len(content) > self._max_audio_bytes:
            raise too_large(self._max_audio_bytes)
        if not content:
            raise BadRequest("The recording is empty.", code="invalid_audio", param="file")

    async def hear(self, recording: Recording) -> str:
        """The words of an `input_audio` part; empty when nobody speaks. Raises ApiFailure."""
        loop = asyncio.get_running_loop()
        try:
            content = await loop.run_in_executor(self._worker, _decode, recording.data)
        except binascii.Error:
            raise BadRequest("input_audio.data is not base64.", code="invalid_audio", param="messages") from None
        return (await self.transcribe(f"audio.{recording.format}", content)).text.strip()


def _decode(data: str) -> bytes:
    return base64.b64decode(data.encode("ascii", "replace"), validate=True)


def usage(transcription: Transcription) -> dict[str, Any]:
    return {"type": "duration", "seconds": round(transcription.duration_s)}


def as_json(transcription: Transcription) -> dict[str, Any]:
    return {"text": transcription.text, "usage": usage(transcription)}


def as_verbose_json(transcription: Transcription) -> dict[str, Any]:
    """Whisper's figures stand where the service gives them; none is made up."""
    return {
        "task": "transcribe",
        "language": language_name(transcription.language),
        "duration": transcription.duration_s,
        "text": transcription.text,
        "segments": [_segment(number, segment) for number, segment in enumerate(transcription.segments)],
        "usage": usage(transcription),
    }


def _segment(number: int, segment: Segment) -> dict[str, Any]:
    encoded = segment.text.encode()
    figures = {
        "temperature": segment.temperature,
        "avg_logprob": segment.avg_logprob,
        "no_speech_prob": segment.no_speech_prob,
    }
    return {
        "id": number,
        "seek": round(segment.start_s * 100),  # in frames of 10 ms, as Whisper counts
        "start": segment.start_s,
        "end": segment.end_s,
        "text": segment.text,
        "tokens": [],
        "compression_ratio": len(encoded) / len(zlib.compress(encoded)),
        **{name: value for name, value in figures.items() if value is not None},
    }


def as_srt(transcription: Transcription) -> str:
    cues = [
        f"{number}\n{_stamp(cue.start_s, ',')} --> {_stamp(cue.end_s, ',')}\n{_one_line(cue.text)}\n"
        for number, cue in enumerate(_cues(transcription), 1)
    ]
    return "\n".join(cues)


def as_vtt(transcription: Transcription) -> str:
    cues = [
        f"{_stamp(cue.start_s, '.')} --> {_stamp(cue.end_s, '.')}\n{_escape(_one_line(cue.text))}\n"
        for cue in _cues(transcription)
    ]
    return "\n".join(["WEBVTT\n", *cues])


def _cues(transcription: Transcription) -> list[Segment]:
    if transcription.segments or not transcription.text:
        return transcription.segments
    return [Segment(start_s=0.0, end_s=transcription.duration_s, text=transcription.text)]


def _stamp(time_s: float, mark: str) -> str:
    seconds, milliseconds = divmod(max(0, round(time_s * 1000)), 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{seconds:02}{mark}{milliseconds:03}"


def _one_line(text: str) -> str:
    """An empty line would end the cue."""
    return " ".join(text.split())


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
