"""POST /v1/audio/transcriptions."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import aclosing

from deskhand_contract.services import SegmentHeard, TranscribeEnd, Transcription
from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException

from ..body import limited, require_content_type
from ..errors import BadRequest
from ..openapi import answers
from ..sse import CLIENT_GONE, EventStream, Write, event, while_connected
from ..state import gateway_of
from ..voice import as_json, as_srt, as_verbose_json, as_vtt

router = APIRouter()

_FORMATS: dict[str, Callable[[Transcription], Response]] = {
    "json": lambda heard: JSONResponse(as_json(heard)),
    "text": lambda heard: PlainTextResponse(f"{heard.text}\n"),
    "verbose_json": lambda heard: JSONResponse(as_verbose_json(heard)),
    "srt": lambda heard: PlainTextResponse(as_srt(heard)),
    "vtt": lambda heard: PlainTextResponse(as_vtt(heard), media_type="text/vtt"),
}
_STREAMED_FORMATS = ("json", "text")


_FORM = {
    "type": "object",
    "required": ["file"],
    "properties": {
        "file": {"type": "string", "format": "binary", "description": "wav, mp3, m4a, ogg, flac or webm"},
        "model": {"type": "string", "description": "Any; the service stt decides."},
        "language": {"type": "string", "maxLength": 16, "description": "ISO 639-1; it is detected without."},
        "prompt": {"type": "string", "maxLength": 4000, "description": "Words that may come up."},
        "stream": {"enum": ["true", "false"], "description": "Events, segment by segment."},
        "response_format": {"enum": list(_FORMATS), "default": "json"},
    },
}


@router.post(
    "/v1/audio/transcriptions",
    responses=answers(described="The words, in the form that was asked for."),
    openapi_extra={"requestBody": {"required": True, "content": {"multipart/form-data": {"schema": _FORM}}}},
)
async def create_transcription(request: Request) -> Response:
    """Any `model` is taken: which Whisper runs is a setting of the service stt."""
    gateway = gateway_of(request)
    settings = gateway.settings
    require_content_type(request, "multipart/form-data")
    upload = limited(request, settings.max_audio_bytes + settings.max_body_bytes, settings.body_timeout_s)
    try:
        async with upload.form(max_files=1, max_fields=32) as form:
            name, content = await _recording(form)
            wanted, fields = _options(form)
            streamed = str(form.get("stream", "")).lower() in ("true", "1")
    except HTTPException as error:
        raise BadRequest(f"The form cannot be read: {error.detail}", code="invalid_form") from None
    if streamed:
        if wanted not in _STREAMED_FORMATS:
            message = f"With stream the response_format is one of {', '.join(_STREAMED_FORMATS)}."
            raise BadRequest(message, code="invalid_value", param="response_format")

        async def produce(write: Write) -> None:
            async with aclosing(gateway.ears.follow(name, content, **fields)) as events:
                async for told in events:
                    write(event(_event(told)))

        return EventStream(produce, ping_interval_s=settings.ping_interval_s, send_timeout_s=settings.send_timeout_s)
    heard = await while_connected(request.receive, gateway.ears.transcribe(name, content, **fields))
    return Response(status_code=CLIENT_GONE) if heard is None else _FORMATS[wanted](heard)


def _event(told: SegmentHeard | TranscribeEnd) -> bytes:
    """Without `usage` at the end: the API's counts tokens, and Whisper's measure is the recording's length."""
    if isinstance(told, SegmentHeard):
        data = {"type": "transcript.text.delta", "delta": told.delta}
    else:
        data = {"type": "transcript.text.done", "text": told.transcription.text}
    return json.dumps(data, ensure_ascii=False).encode()


async def _recording(form: FormData) -> tuple[str, bytes]:
    file = form.get("file")
    if not isinstance(file, UploadFile):
        raise BadRequest("The form needs the recording in the field `file`.", code="missing_file", param="file")
    return file.filename or "audio", await file.read()


def _options(form: FormData) -> tuple[str, dict[str, str]]:
    """The format of the answer, and the fields that the service stt gets. What the API has besides is ignored."""
    wanted = form.get("response_format") or "json"
    if not isinstance(wanted, str) or wanted not in _FORMATS:
        message = f"response_format is one of {', '.join(_FORMATS)}."
        raise BadRequest(message, code="invalid_value", param="response_format")
    fields = {name: value for name in ("language", "prompt") if isinstance(value := form.get(name), str) and value}
    return wanted, fields
