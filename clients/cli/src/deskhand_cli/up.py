"""`deskhand up`: the stack in the foreground, until Ctrl-C."""

from __future__ import annotations

import asyncio
import os
import secrets
import signal
import sys
import time
from pathlib import Path

from deskhand_contract.services import DEFAULT_PORTS
from deskhand_serving.settings import API_KEY_FILE, default_home
from deskhand_serving.stack import ServiceState, StackState

from .exits import Exit
from .home import stack_lock
from .stack.child import ServiceSpec
from .stack.endpoints import GATEWAY, Endpoint, open_endpoints
from .stack.supervisor import Started, Supervisor

STT = "stt"

READY = "Deskhand is ready"

_GUIDE = """{ready} ({seconds:.1f} s): {base_url}
  API key   {key}
  Data      {home}
{remarks}
In another terminal:
  deskhand open                                           # the console, in your browser
  deskhand do "remind me to water the plants tomorrow at 8"
  curl {base_url}/chat/completions -H "Authorization: Bearer $(cat '{key}')" -H "Content-Type: application/json" \\
    -d '{{"model": "deskhand", "messages": [{{"role": "user", "content": "show me the way to the station"}}]}}'
From Python:
  OpenAI(base_url="{base_url}", api_key=open("{key}").read().strip())   # model="deskhand"
Ctrl-C stops it."""


def service_specs(home: Path, endpoints: dict[str, Endpoint]) -> list[ServiceSpec]:
    """The services that this stack starts itself, with a token of their own for this run."""
    environment = {"DESKHAND_HOME": str(home), "DESKHAND_INTERNAL_TOKEN": secrets.token_urlsafe(32)}
    for endpoint in endpoints.values():
        environment |= endpoint.environment()
    return [
        ServiceSpec(
            name=name,
            command=(sys.executable, "-P", "-m", f"deskhand_{name}"),
            url=endpoint.url,
            listener=endpoint.listener,
            environment=environment,
            optional=name == STT,
            answer_is_enough=name in (GATEWAY, STT),
        )
        for name, endpoint in endpoints.items()
        if endpoint.listener is not None
    ]


def run_up(port: int | None, verbose: bool) -> Exit:
    """Serve until told to stop. Raises CliError."""
    home = default_home().absolute()
    begun_s = time.monotonic()
    with stack_lock(home), open_endpoints(port) as endpoints:
        return asyncio.run(_serve(home, endpoints, verbose, begun_s))


async def _serve(home: Path, endpoints: dict[str, Endpoint], verbose: bool, begun_s: float) -> Exit:
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    assert task is not None
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, task.cancel)
    gateway = endpoints[GATEWAY]
    state = StackState(
        pid=os.getpid(),
        base_url=f"{gateway.url}/v1",
        started=time.time(),
        services={name: ServiceState(url=endpoint.url) for name, endpoint in endpoints.items()},
    )
    moved = [name for name, endpoint in endpoints.items() if name != GATEWAY and endpoint.port != DEFAULT_PORTS[name]]
    _say(f"Starting {', '.join(DEFAULT_PORTS)}; logs in {home / 'logs'}")
    if moved:
        _say("; ".join(f"{name} listens on {endpoints[name].url}" for name in moved))

    def ready(started: Started) -> None:
        remarks = [f"  Without   {_named(name)}: {why}" for name, why in started.off.items()]
        for name, health in started.health.items():
            if name != GATEWAY and not health.ready:
                remarks.append(f"  Without   {_named(name)}: {health.detail or 'it is not ready'}")
            elif name == STT and health.detail:
                remarks.append(f"  Voice     {health.detail}")
        _say(
            _GUIDE.format(
                ready=READY,
                seconds=time.monotonic() - begun_s,
                base_url=state.base_url,
                key=home / API_KEY_FILE,
                home=home,
                remarks="".join(f"{remark}\n" for remark in remarks),
            )
        )

    supervisor = Supervisor(home, service_specs(home, endpoints), state, _say, verbose=verbose)
    try:
        await supervisor.run(ready)
    except asyncio.CancelledError:
        _say("Stopped.")
    return Exit.DONE


def _named(service: str) -> str:
    return f"voice ({service})" if service == STT else service


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
