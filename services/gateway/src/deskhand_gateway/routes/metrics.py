"""GET /metrics: the figures for Prometheus, with the key as everything else.

A scraper reads the key from its file: `authorization: {credentials_file: /home/me/.local/share/deskhand/api_key}`.
"""

from __future__ import annotations

import asyncio

from fastapi import APIRouter, Request, Response
from fastapi.responses import PlainTextResponse
from prometheus_client.exposition import choose_encoder

from ..openapi import answers
from ..state import gateway_of
from .health import ask_services

router = APIRouter()


@router.get("/metrics", response_class=PlainTextResponse, responses=answers(described="Prometheus' text format."))
async def get_metrics(request: Request) -> Response:
    gateway = gateway_of(request)
    for health in await ask_services(gateway):
        gateway.metrics.ready(health.service, health.ready)
    encode, content_type = choose_encoder(request.headers.get("accept", ""))
    loop = asyncio.get_running_loop()
    return Response(
        await loop.run_in_executor(gateway.worker, encode, gateway.metrics.registry), media_type=content_type
    )
