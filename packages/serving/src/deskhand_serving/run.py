"""The entry point that all services share: `python -m deskhand_<service>`."""

from __future__ import annotations

import json
import os
import sys
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import asdict
from typing import Any, TypeVar

import uvicorn
from fastapi import FastAPI
from pydantic import ValidationError
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .errors import ServingError
from .http import server_config
from .logging import configure_logging
from .process import EXIT_CONFIG, EXIT_PORT, LIFELINE_FD, SHOW_SETTINGS, inherited_listener, listen
from .settings import ServiceSettings, describe

Settings = TypeVar("Settings", bound=ServiceSettings)


def serve(settings_class: type[Settings], create_app: Callable[[Settings], FastAPI]) -> int:
    """Run a service until it is told to stop.

    Exit codes: 78 settings are wrong or a model is missing (starting again would not help), 75 the port is in use, 1
    anything else at start. The last line on standard error says which.
    """
    try:
        settings = settings_class()
        lifeline = _lifeline()
        inherited = inherited_listener()
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(map(str, first["loc"]))
        sys.stderr.write(f"deskhand {settings_class.service}: the setting {where}: {first['msg']}\n")
        return EXIT_CONFIG
    except ValueError as error:
        sys.stderr.write(f"deskhand {settings_class.service}: settings: {error}\n")
        return EXIT_CONFIG
    if sys.argv[1:] == [SHOW_SETTINGS]:
        sys.stdout.write(json.dumps([asdict(setting) for setting in describe(settings)]) + "\n")
        return 0
    configure_logging(settings.service, settings.log_level)
    if lifeline is not None:
        _watch(lifeline)
    try:
        listener = inherited or listen(settings.host, settings.port)
    except OSError as error:
        sys.stderr.write(
            f"deskhand {settings.service}: cannot listen on {settings.host}:{settings.port}: {error.strerror}; "
            f"set DESKHAND_{settings.service.upper()}_PORT\n"
        )
        return EXIT_PORT
    app = create_app(settings)
    failures = _startup_failures(app)
    config = server_config(_quiet_startup(app, failures), lifespan="on", timeout_graceful_shutdown=5)
    server = uvicorn.Server(config)
    try:
        server.run(sockets=[listener])
    except SystemExit:  # uvicorn's way to say that the app did not start
        if server.started:
            raise
    except KeyboardInterrupt:  # uvicorn has stopped in order, and raises the signal again
        return 0
    if server.started:
        return 0
    for error in failures:
        sys.stderr.write(f"deskhand {settings.service}: {error}\n")
    return EXIT_CONFIG if any(isinstance(error, ServingError) for error in failures) else 1


def _startup_failures(app: FastAPI) -> list[Exception]:
    """Filled with what the app's lifespan raises; uvicorn logs it, but does not pass it on."""
    failures: list[Exception] = []
    lifespan = app.router.lifespan_context

    @asynccontextmanager
    async def noting(app: Any) -> AsyncIterator[Any]:
        try:
            async with lifespan(app) as state:
                yield state
        except Exception as error:
            failures.append(error)
            raise

    app.router.lifespan_context = noting
    return failures


def _quiet_startup(app: ASGIApp, failures: list[Exception]) -> ASGIApp:
    """`app`, without the traceback of a start that failed for a reason which `serve` says in one line."""

    async def quiet(scope: Scope, receive: Receive, send: Send) -> None:
        async def send_briefly(message: Message) -> None:
            known = bool(failures) and all(isinstance(error, ServingError) for error in failures)
            said = known and message["type"] == "lifespan.startup.failed"
            await send({**message, "message": ""} if said else message)

        await app(scope, receive, send_briefly if scope["type"] == "lifespan" else send)

    return quiet


def _lifeline() -> int | None:
    """The lifeline's descriptor, if there is one. Raises ValueError when the variable names no open file."""
    raw = os.environ.get(LIFELINE_FD)
    if raw is None:
        return None
    try:
        os.fstat(int(raw))
    except (ValueError, OSError) as error:
        raise ValueError(f"{LIFELINE_FD}={raw} is not an open pipe of the parent's") from error
    return int(raw)


def _watch(lifeline: int) -> None:
    """Leave when the parent is gone, however it went: the pipe's other end closes with it, even by kill -9."""

    def wait() -> None:
        while os.read(lifeline, 1):
            pass
        os._exit(1)

    threading.Thread(target=wait, name="lifeline", daemon=True).start()
