"""GET /v1/settings: what the gateway runs with, and where each value comes from. Changing is the command line's."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from deskhand_serving.settings import Setting, describe
from fastapi import APIRouter, Request

from ..openapi import ERRORS
from ..state import gateway_of

router = APIRouter()


@dataclass(frozen=True)
class SettingsList:
    """`service` is the first half of what `deskhand config set` takes: gateway.port."""

    data: list[Setting]
    service: str = "gateway"
    object: str = field(default="list")


@router.get("/v1/settings", responses=ERRORS)
async def list_settings(request: Request) -> SettingsList:
    """Secrets are masked. Reads config.toml for the sources, so not in the event loop."""
    gateway = gateway_of(request)
    loop = asyncio.get_running_loop()
    return SettingsList(await loop.run_in_executor(gateway.worker, describe, gateway.settings))
