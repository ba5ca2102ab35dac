"""One service as a child process: started, awaited until it answers, stopped."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from deskhand_contract.services import Health
from deskhand_serving.client import ServiceClient
from deskhand_serving.errors import ServingError
from deskhand_serving.process import LIFELINE_FD, LISTEN_FD

from .logs import ServiceLog

FIRST_LOOK_S = 0.02
LONGEST_LOOK_S = 0.5
START_TIMEOUT_S = 120.0
STOP_TIMEOUT_S = 8.0


@dataclass(frozen=True)
class ServiceSpec:
    """How to start a service, and what it is to the stack. `listener` is the socket that it serves, at `url`.

    `optional`: the stack goes on without it. `answer_is_enough`: it counts as started when it answers, ready or not
    (the gateway waits for the others; stt may still be fetching a model).
    """

    name: str
    command: Sequence[str]
    url: str
    listener: socket.socket
    environment: dict[str, str]
    optional: bool = False
    answer_is_enough: bool = False


def describe_exit(code: int) -> str:
    if code >= 0:
        return f"exit status {code}"
    try:
        return f"ended by {signal.Signals(-code).name}"
    except ValueError:
        return f"ended by signal {-code}"


class Child:
    """A running process. It leaves by itself when the supervisor is gone: it reads `lifeline_fd`, whose other end
    nobody but the supervisor has open."""

    def __init__(self, spec: ServiceSpec, process: asyncio.subprocess.Process, log: ServiceLog) -> None:
        self.spec = spec
        self._process = process
        self._log = log

    @classmethod
    async def start(cls, spec: ServiceSpec, log: ServiceLog, lifeline_fd: int) -> Child:
        """Raises OSError when there is nothing to run."""
        log.begin()
        listen_fd = spec.listener.fileno()
        process = await asyncio.create_subprocess_exec(
            *spec.command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env={**os.environ, **spec.environment, LIFELINE_FD: str(lifeline_fd), LISTEN_FD: str(listen_fd)},
            pass_fds=(lifeline_fd, listen_fd),
            start_new_session=True,  # Ctrl-C reaches the supervisor alone, which stops the rest in order
        )
        return cls(spec, process, log)

    @property
    def pid(self) -> int:
        return self._process.pid

    async def wait(self) -> int:
        """Until it has ended and all that it wrote is in the log."""
        assert self._process.stdout is not None
        while data := await self._process.stdout.read(65536):
            self._log.write(data)
        return await self._process.wait()

    async def live(self, on_ready: Callable[[Health], None]) -> int:
        """Until it has ended: its exit status, negative for a signal. `on_ready` is called once, when it serves; a
        child that does not within START_TIMEOUT_S is killed."""
        async with asyncio.TaskGroup() as group:
            looking = group.create_task(self._look(on_ready))
            code = await self.wait()
            looking.cancel()
        return code

    async def _look(self, on_ready: Callable[[Health], None]) -> None:
        """The socket is open before the child is, so mostly this is one request that is answered in time; further looks
        are for a service that answers before it is ready."""
        wait_s = FIRST_LOOK_S
        try:
            async with (
                asyncio.timeout(START_TIMEOUT_S),
                ServiceClient(self.spec.name, self.spec.url, timeout_s=START_TIMEOUT_S) as client,
            ):
                while not (health := await _health(client)) or not (health.ready or self.spec.answer_is_enough):
                    await asyncio.sleep(wait_s)
                    wait_s = min(wait_s * 1.5, LONGEST_LOOK_S)
        except TimeoutError:
            self._log.write(f"deskhand {self.spec.name}: not ready after {START_TIMEOUT_S:g} s\n".encode())
            self.kill()
        else:
            on_ready(health)

    def terminate(self) -> None:
        if self._process.returncode is None:
            self._process.terminate()

    def kill(self) -> None:
        if self._process.returncode is None:
            self._process.kill()


async def _health(client: ServiceClient) -> Health | None:
    try:
        return await client.health()
    except ServingError:
        return None
