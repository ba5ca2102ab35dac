"""The supervisor: starts the services, says when they are ready, starts again what dies, stops all in order."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from deskhand_contract.services import Health
from deskhand_serving.process import EXIT_CONFIG, EXIT_PORT
from deskhand_serving.stack import StackState

from ..exits import CliError
from ..home import LOGS_FOLDER, remove_state, write_state
from .child import STOP_TIMEOUT_S, Child, ServiceSpec, describe_exit
from .logs import ServiceLog

OPTIONAL_PATIENCE_S = 10.0
"""How long the announcement waits for a service that the stack can do without."""
MAX_FAILED_STARTS = 3
FIRST_DELAY_S = 0.25
LONGEST_DELAY_S = 30.0
STEADY_AFTER_S = 60.0
"""A service that lived so long starts again without delay."""

Say = Callable[[str], None]


@dataclass(frozen=True)
class Started:
    """What the stack is when it is ready. `off` has the optional services that do not run, and why."""

    state: StackState
    health: Mapping[str, Health]
    off: Mapping[str, str]


class Supervisor:
    """Runs `specs` until it is cancelled. `say` tells people what happens afterwards; `on_ready` when all is up.

    Raises CliError when a service that is needed cannot be had; everything is stopped then.
    """

    def __init__(
        self, home: Path, specs: Sequence[ServiceSpec], state: StackState, say: Say, *, verbose: bool = False
    ) -> None:
        self._home = home
        self._specs = specs
        self._state = state
        self._say = say
        self._verbose = verbose
        self._children: dict[str, Child] = {}
        self._health: dict[str, Health] = {}
        self._off: dict[str, str] = {}
        self._settled = {spec.name: asyncio.Event() for spec in specs}
        self._stopping = False

    async def run(self, on_ready: Callable[[Started], None]) -> None:
        failure: CliError | None = None
        with ExitStack() as stack:
            reading, writing = os.pipe()
            stack.callback(os.close, reading)
            stack.callback(os.close, writing)
            logs = {
                spec.name: stack.enter_context(
                    ServiceLog(self._home / LOGS_FOLDER / f"{spec.name}.log", echo=self._verbose)
                )
                for spec in self._specs
            }
            stack.callback(remove_state, self._home)
            try:
                async with asyncio.TaskGroup() as group:
                    for spec in self._specs:
                        group.create_task(self._keep(spec, logs[spec.name], reading), name=f"keep {spec.name}")
                    await self._all_settled()
                    write_state(self._home, self._state)
                    on_ready(Started(self._state, self._health, self._off))
            except* CliError as errors:
                failure = next(error for error in errors.exceptions if isinstance(error, CliError))
            finally:
                await self._stop()
        if failure:
            raise failure

    async def _all_settled(self) -> None:
        for spec in self._specs:
            if not spec.optional:
                await self._settled[spec.name].wait()
        try:
            async with asyncio.timeout(OPTIONAL_PATIENCE_S):
                for settled in self._settled.values():
                    await settled.wait()
        except TimeoutError:
            waiting = [name for name, settled in self._settled.items() if not settled.is_set()]
            self._off |= dict.fromkeys(waiting, "it is still starting")

    async def _keep(self, spec: ServiceSpec, log: ServiceLog, lifeline_fd: int) -> None:
        """Start a service again and again until it is hopeless. Returns only for an optional one."""
        failed_starts, delay_s = 0, FIRST_DELAY_S
        while True:
            started_s = time.monotonic()
            self._health.pop(spec.name, None)
            child = await self._start(spec, log, lifeline_fd)
            code = await child.live(partial(self._came_up, spec))
            self._mark(spec.name, None)
            failed_starts = 0 if spec.name in self._health else failed_starts + 1
            if code in (EXIT_CONFIG, EXIT_PORT) or failed_starts >= MAX_FAILED_STARTS:
                if not spec.optional:
                    raise self._failure(spec, log, code)
                self._give_up(spec, log, code)
                return
            if time.monotonic() - started_s > STEADY_AFTER_S:
                delay_s = FIRST_DELAY_S
            self._say(
                f"The {spec.name} died ({describe_exit(code)}); starting it again in {delay_s:g} s. Log: {log.path}"
            )
            await asyncio.sleep(delay_s)
            delay_s = min(delay_s * 2, LONGEST_DELAY_S)
            self._state.services[spec.name].restarts += 1

    async def _start(self, spec: ServiceSpec, log: ServiceLog, lifeline_fd: int) -> Child:
        try:
            child = await Child.start(spec, log, lifeline_fd)
        except OSError as error:
            raise CliError(f"The {spec.name} cannot be started: {error}.", "Run `make install` again.") from error
        self._children[spec.name] = child
        self._mark(spec.name, child.pid)
        return child

    def _came_up(self, spec: ServiceSpec, health: Health) -> None:
        self._health[spec.name] = health
        if self._settled[spec.name].is_set() or spec.name in self._off:
            self._off.pop(spec.name, None)
            self._say(f"The {spec.name} is back.")
        self._settled[spec.name].set()

    def _give_up(self, spec: ServiceSpec, log: ServiceLog, code: int) -> None:
        spec.listener.close()  # who calls it is told at once that nobody is there
        why = _words(spec, log) or describe_exit(code)
        self._off[spec.name] = why
        if self._settled[spec.name].is_set():
            self._say(f"Going on without the {spec.name}: {why}")
        self._settled[spec.name].set()

    def _failure(self, spec: ServiceSpec, log: ServiceLog, code: int) -> CliError:
        if code == EXIT_PORT:
            return CliError(f"The {spec.name} has no port: {_words(spec, log)}.", "Then run `deskhand up` again.")
        if code == EXIT_CONFIG:
            return CliError(
                f"The {spec.name} cannot start: {_words(spec, log)}.",
                f"Put that right and run `deskhand up` again; `deskhand config` shows the settings. Log: {log.path}",
            )
        return CliError(
            f"The {spec.name} died {MAX_FAILED_STARTS} times at its start ({describe_exit(code)}): "
            f"{_words(spec, log) or 'it left no word'}.",
            f"Its log says more: {log.path}",
        )

    def _mark(self, name: str, pid: int | None) -> None:
        """Note a service's process, in the state file too once the stack is ready."""
        self._state.services[name].pid = pid
        if all(settled.is_set() for settled in self._settled.values()) and not self._stopping:
            write_state(self._home, self._state)

    async def _stop(self) -> None:
        """The gateway first, so that what is under way can end while the others still serve."""
        self._stopping = True
        first = [child for name, child in self._children.items() if name == "gateway"]
        rest = [child for name, child in self._children.items() if name != "gateway"]
        try:
            for children in (first, rest):
                for child in children:
                    child.terminate()
                try:
                    async with asyncio.timeout(STOP_TIMEOUT_S):
                        await asyncio.gather(*(child.wait() for child in children))
                except TimeoutError:
                    for child in children:
                        child.kill()
        finally:
            for child in self._children.values():
                child.kill()


def _words(spec: ServiceSpec, log: ServiceLog) -> str:
    return log.last_words().removeprefix(f"deskhand {spec.name}: ").rstrip(".")
