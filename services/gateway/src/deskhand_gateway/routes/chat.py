"""POST /v1/chat/completions."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from deskhand_contract.openai import MODEL_RUN, ChatChunk, ChatCompletion, ChatRequest
from deskhand_serving.context import set_run
from fastapi import APIRouter, Request, Response

from ..body import limited, read_json, require_content_type
from ..chunks import Chunks
from ..command import read_command
from ..openapi import answers, json_body
from ..reply import CollectedReply, StreamedReply
from ..runs.keys import digest_of, read_key
from ..sse import CLIENT_GONE, EventStream, Write, while_connected
from ..state import gateway_of

router = APIRouter()

FORM = {"stream", "stream_options"}
"""What may differ in a request that is sent again with the same idempotency key."""


@router.post(
    "/v1/chat/completions",
    responses=answers(ChatCompletion, events=ChatChunk, described="A completion, or its chunks with `stream`."),
    openapi_extra=json_body(ChatRequest),
)
async def create_completion(request: Request) -> Response:
    gateway = gateway_of(request)
    settings, chat = gateway.settings, gateway.chat
    require_content_type(request, "application/json")
    key = read_key(request.headers)
    body = await limited(request, settings.max_chat_bytes, settings.body_timeout_s).body()
    asked = await read_json(body, ChatRequest, gateway.worker)
    command = await read_command(asked, len(body), settings, gateway.worker)
    set_run(command.run)
    if key is not None:
        digest = await asyncio.get_running_loop().run_in_executor(gateway.worker, digest_of, "chat", asked, FORM)
        command = replace(command, key=key, digest=digest)

    async def produce(write: Write) -> None:
        chunks = Chunks(command.completion, command.created, command.model, command.include_usage)
        await chat.answer(command, StreamedReply(chunks, write))

    if command.stream:
        return EventStream(produce, ping_interval_s=settings.ping_interval_s, send_timeout_s=settings.send_timeout_s)

    async def collect() -> bytes:
        reply = CollectedReply(
            command.completion, command.created, updates=command.model == MODEL_RUN and not command.toolset
        )
        await chat.answer(command, reply)
        return reply.collected.completion(reply.id, reply.created, command.model)

    completion = await while_connected(request.receive, collect())
    if completion is None:
        return Response(status_code=CLIENT_GONE)
    return Response(completion, media_type="application/json")
