"""Test helpers: an application on a real socket. ASGI transports buffer bodies and cannot prove a stream."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from fastapi import FastAPI

from .http import server_config
from .process import listen

START_TIMEOUT_S = 30.0
STOP_TIMEOUT_S = 10.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def running(app: FastAPI) -> Iterator[str]:
    """Serve `app` from a thread on a free loopback port; gives its base URL."""
    listener = listen("127.0.0.1", 0)
    server = uvicorn.Server(server_config(app, timeout_graceful_shutdown=1))
    started = threading.Event()
    failed: list[BaseException] = []
    original = server.startup

    async def startup(sockets: list[socket.socket] | None = None) -> None:
        await original(sockets)
        started.set()

    server.startup = startup  # uvicorn has no hook for "now listening"

    def run() -> None:
        try:
            server.run(sockets=[listener])
        except BaseException as error:  # noqa: BLE001 - it is raised again in the test's thread
            failed.append(error)
        finally:
            started.set()

    thread = threading.Thread(target=run, name="test-server", daemon=True)
    thread.start()
    if not started.wait(START_TIMEOUT_S) or failed or not server.started:
        raise RuntimeError(f"the app did not start: {failed[0] if failed else 'see the log'}")
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(timeout=STOP_TIMEOUT_S)
        listener.close()
    if thread.is_alive():
        raise RuntimeError("the app did not stop")
