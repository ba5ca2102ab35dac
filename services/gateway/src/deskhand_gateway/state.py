"""What the routes share: made by the lifespan, found in `app.state.gateway`."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Executor
from dataclasses import dataclass

from deskhand_serving.client import ServiceClient
from deskhand_web import Console
from starlette.requests import Request

from .chat import Chat
from .metrics import Metrics
from .responses.kept import KeptResponses
from .runs.lifecycle import Runs
from .runs.undo import TakeBack
from .settings import GatewaySettings
from .voice import Ears


@dataclass(frozen=True)
class Gateway:
    """`services` are the clients by name; `worker` takes what would block the loop; `started` is in Unix seconds."""

    settings: GatewaySettings
    services: Mapping[str, ServiceClient]
    worker: Executor
    ears: Ears
    chat: Chat
    runs: Runs
    take_back: TakeBack
    kept: KeptResponses
    metrics: Metrics
    started: int
    console: Console


def gateway_of(request: Request) -> Gateway:
    return request.app.state.gateway
