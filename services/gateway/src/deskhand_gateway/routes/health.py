"""GET /healthz: needs no token, says nothing about the user."""

from __future__ import annotations

import asyncio

from deskhand_contract.services import Health
from deskhand_serving.client import ServiceClient
from deskhand_serving.errors import ServingError
from fastapi import APIRouter, Request

from ..openapi import NO_KEY
from ..state import Gateway, gateway_of

router = APIRouter()

NEEDED = ("planner", "executor")
"""Without these nothing can be carried out; without ToolRAG plans are slower, without stt nothing is heard."""


class GatewayHealth(Health):
    """`ready` when commands can be carried out. `services` has every service's own word."""

    services: list[Health]


@router.get("/healthz", openapi_extra=NO_KEY)
async def healthz(request: Request) -> GatewayHealth:
    services = await ask_services(gateway_of(request))
    waiting = [health.service for health in services if not health.ready]
    return GatewayHealth(
        service="gateway",
        ready=not any(name in NEEDED for name in waiting),
        detail=f"not ready: {', '.join(waiting)}" if waiting else "",
        services=services,
    )


async def ask_services(gateway: Gateway) -> list[Health]:
    """Every service's word on itself; a service that gives none within the time for it is not ready."""
    async with asyncio.TaskGroup() as group:
        asked = [
            group.create_task(_ask(name, client, gateway.settings.health_timeout_s))
            for name, client in gateway.services.items()
        ]
    return [task.result() for task in asked]


async def _ask(name: str, client: ServiceClient, timeout_s: float) -> Health:
    try:
        async with asyncio.timeout(timeout_s):
            health = await client.health()
    except ServingError as error:
        return Health(service=name, ready=False, detail=error.error.message)
    except TimeoutError:
        return Health(service=name, ready=False, detail=f"no answer within {timeout_s:g} s")
    return health.model_copy(update={"service": name})
