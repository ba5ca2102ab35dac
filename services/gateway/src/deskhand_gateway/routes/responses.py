"""POST /v1/responses; GET, DELETE /v1/responses/{id}; GET /v1/responses/{id}/input_items."""

from __future__ import annotations

import asyncio
import dataclasses
from typing import Any

from deskhand_contract.responses import Response, ResponsesRequest
from fastapi import APIRouter, Request
from fastapi import Response as HttpResponse

from ..body import limited, read_json, require_content_type
from ..command import Command, read_command
from ..errors import ApiFailure, BadRequest
from ..openapi import ERRORS, answers, json_body
from ..responses.conversation import Conversation, as_items, check_request
from ..responses.reply import ResponseReply
from ..runs.keys import digest_of, read_key
from ..sse import CLIENT_GONE, EventStream, Write, while_connected
from ..state import Gateway, gateway_of

router = APIRouter()

FORM = {"stream"}
"""What may differ in a request that is sent again with the same idempotency key."""


@router.post(
    "/v1/responses",
    responses=answers(Response, described="A response, or with `stream` the events that make one."),
    openapi_extra=json_body(ResponsesRequest),
)
async def create_response(request: Request) -> HttpResponse:
    gateway = gateway_of(request)
    settings = gateway.settings
    require_content_type(request, "application/json")
    key = read_key(request.headers)
    body = await limited(request, settings.max_chat_bytes, settings.body_timeout_s).body()
    asked = await read_json(body, ResponsesRequest, gateway.worker)
    check_request(asked)
    history = await gateway.kept.before(asked.previous_response_id)
    given = await gateway.kept.referred(as_items(asked.input))
    command = await _command(asked, history, given, len(body), gateway)
    if key is not None:
        digest = await asyncio.get_running_loop().run_in_executor(gateway.worker, digest_of, "responses", asked, FORM)
        command = dataclasses.replace(command, key=key, digest=digest)
    approved = command.decision.approved if command.decision else frozenset[int]()

    async def answer(reply: ResponseReply) -> None:
        await gateway.chat.answer(command, reply)
        if reply.response.store:
            await gateway.kept.keep(reply.response, history, given)

    async def produce(write: Write) -> None:
        reply = ResponseReply(_response(asked, command), write, approved)
        try:
            await answer(reply)
        except ApiFailure as failure:
            if not reply.begun:
                raise
            reply.fail(failure)
        else:
            reply.complete()

    if command.stream:
        return EventStream(produce, ping_interval_s=settings.ping_interval_s, send_timeout_s=settings.send_timeout_s)

    async def collect() -> Response:
        reply = ResponseReply(_response(asked, command), approved=approved)
        await answer(reply)
        return reply.response

    response = await while_connected(request.receive, collect())
    if response is None:
        return HttpResponse(status_code=CLIENT_GONE)
    return _json(response)


@router.get("/v1/responses/{response_id}", responses=answers(Response))
async def get_response(request: Request, response_id: str) -> HttpResponse:
    return _json((await gateway_of(request).kept.get(response_id)).response)


@router.delete("/v1/responses/{response_id}", responses=ERRORS)
async def delete_response(request: Request, response_id: str) -> dict[str, Any]:
    await gateway_of(request).kept.delete(response_id)
    return {"id": response_id, "object": "response", "deleted": True}


@router.get("/v1/responses/{response_id}/input_items", responses=ERRORS)
async def list_input_items(request: Request, response_id: str, order: str = "desc") -> dict[str, Any]:
    """All of them on one page, the newest first unless `order` is asc."""
    kept = await gateway_of(request).kept.get(response_id)
    items = [*kept.history, *kept.given]
    if order != "asc":
        items.reverse()
    ends = {"first_id": items[0]["id"], "last_id": items[-1]["id"]} if items else {"first_id": None, "last_id": None}
    return {"object": "list", "data": items, **ends, "has_more": False}


async def _command(
    asked: ResponsesRequest, history: list[dict[str, Any]], given: list[dict[str, Any]], size: int, gateway: Gateway
) -> Command:
    conversation = Conversation(history, given)
    try:
        command = await read_command(conversation.chat_request(asked), size, gateway.settings, gateway.worker)
        decision = conversation.decision
    except BadRequest as error:
        raise conversation.located(error) from None
    # Nodes are items here; showing them as calls, too, would have clients carry them out again.
    return dataclasses.replace(command, show_calls=False, show_progress=False, decision=decision)


def _response(asked: ResponsesRequest, command: Command) -> Response:
    return Response(
        id=f"resp_{command.id}",
        created_at=command.created,
        instructions=asked.instructions,
        max_output_tokens=asked.max_output_tokens,
        metadata=asked.metadata or {},
        model=asked.model,
        parallel_tool_calls=asked.parallel_tool_calls is not False,
        previous_response_id=asked.previous_response_id,
        store=asked.store is not False,
        temperature=1.0 if asked.temperature is None else asked.temperature,
        text=asked.text or {"format": {"type": "text"}},
        tool_choice=asked.tool_choice or "auto",
        tools=asked.tools or [],
        top_p=1.0 if asked.top_p is None else asked.top_p,
        user=asked.user,
    )


def _json(response: Response) -> HttpResponse:
    return HttpResponse(response.model_dump_json(), media_type="application/json")
