"""/v1/runs: what was done, what waits, stopping it and taking it back."""

from __future__ import annotations

from typing import Annotated

from deskhand_contract.events import PlanUpdate
from deskhand_contract.runs import Chosen, Run, RunList, RunStatus
from fastapi import APIRouter, Query, Request, Response

from ..body import limited, read_json, require_content_type
from ..chunks import DONE
from ..errors import BadRequest
from ..openapi import ERRORS, answers, json_body
from ..runs.undo import undo
from ..sse import EventStream, Write, event
from ..state import Gateway, gateway_of

router = APIRouter()

LAST_EVENT_ID = "Last-Event-ID"
CHOSEN = json_body(Chosen, required=False)


@router.get("/v1/runs", responses=ERRORS)
async def list_runs(
    request: Request,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    after: str | None = None,
    status: RunStatus | None = None,
) -> RunList:
    return await gateway_of(request).runs.list(limit, after, status)


@router.get("/v1/runs/{id}", responses=ERRORS)
async def get_run(request: Request, id: str) -> Run:
    return await gateway_of(request).runs.run(id)


@router.get(
    "/v1/runs/{id}/events", responses=answers(events=PlanUpdate, described="Each event of a node, then [DONE].")
)
async def follow_run(request: Request, id: str) -> Response:
    gateway = gateway_of(request)
    first_seq = _seq_after(request.headers.get(LAST_EVENT_ID))

    async def produce(write: Write) -> None:
        async for update in gateway.runs.events(id, first_seq):
            write(event(update.model_dump_json(exclude_unset=True).encode(), id=update.seq))
        write(DONE)

    settings = gateway.settings
    return EventStream(produce, ping_interval_s=settings.ping_interval_s, send_timeout_s=settings.send_timeout_s)


@router.post("/v1/runs/{id}/approve", responses=ERRORS, openapi_extra=CHOSEN)
async def approve_run(request: Request, id: str) -> Run:
    gateway = gateway_of(request)
    return await gateway.runs.decide(id, await _chosen(request, gateway), yes=True)


@router.post("/v1/runs/{id}/deny", responses=ERRORS, openapi_extra=CHOSEN)
async def deny_run(request: Request, id: str) -> Run:
    gateway = gateway_of(request)
    return await gateway.runs.decide(id, await _chosen(request, gateway), yes=False)


@router.post("/v1/runs/{id}/cancel", responses=ERRORS)
async def cancel_run(request: Request, id: str) -> Run:
    gateway = gateway_of(request)
    if await _chosen(request, gateway) is not None:
        message = "A run is cancelled as a whole; `deny` leaves out single nodes that wait for approval."
        raise BadRequest(message, code="invalid_value", param="nodes")
    return await gateway.runs.cancel(id)


@router.post("/v1/runs/{id}/undo", responses=ERRORS, openapi_extra=CHOSEN)
async def undo_run(request: Request, id: str) -> Run:
    gateway = gateway_of(request)
    return await undo(gateway.runs, gateway.take_back, id, await _chosen(request, gateway))


async def _chosen(request: Request, gateway: Gateway) -> list[int] | None:
    """The nodes that the body names; None for all. A body may be left out."""
    settings = gateway.settings
    body = await limited(request, settings.max_body_bytes, settings.body_timeout_s).body()
    if not body:
        return None
    require_content_type(request, "application/json")
    return (await read_json(body, Chosen, gateway.worker)).nodes


def _seq_after(last_event_id: str | None) -> int:
    """What is no number of ours starts from the beginning, as a new EventSource does."""
    return int(last_event_id) + 1 if last_event_id and last_event_id.isascii() and last_event_id.isdigit() else 0
