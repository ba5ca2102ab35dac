"""Where the services listen: settings first, a free port where an internal default is taken.

The supervisor opens the sockets itself and passes them on, so a port is either its own or known to be taken.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import psutil
from deskhand_contract.services import DEFAULT_PORTS
from deskhand_serving.process import listen
from deskhand_serving.settings import ServiceSettings
from pydantic import Field, ValidationError

from ..exits import CliError

GATEWAY = "gateway"
_ANY_HOST = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - what it is called by, not what it binds


@dataclass(frozen=True)
class Endpoint:
    """A service's address. `listener` is its socket, None where the gateway is told to use one that others run."""

    service: str
    host: str
    port: int
    listener: socket.socket | None = None
    external_url: str | None = None

    @property
    def url(self) -> str:
        host = _ANY_HOST.get(self.host, self.host)
        return self.external_url or f"http://{f'[{host}]' if ':' in host else host}:{self.port}"

    def environment(self) -> dict[str, str]:
        """What the service itself and the gateway are told."""
        prefix = f"DESKHAND_{self.service.upper()}"
        own = {f"{prefix}_HOST": self.host, f"{prefix}_PORT": str(self.port)}
        return own if self.service == GATEWAY else own | {f"DESKHAND_GATEWAY_{self.service.upper()}_URL": self.url}


def gateway_port() -> int:
    """The port that the settings give the gateway. Raises CliError when they cannot be read."""
    return _settings(GATEWAY).port


@contextmanager
def open_endpoints(port: int | None = None) -> Iterator[dict[str, Endpoint]]:
    """An endpoint for each service; `port` overrides the gateway's, 0 takes a free one.

    Raises CliError when a port that somebody asked for is taken.
    """
    external = _external_urls()
    with ExitStack() as stack:
        endpoints: dict[str, Endpoint] = {}
        for service in DEFAULT_PORTS:
            settings = _settings(service)
            if service in external:
                endpoints[service] = Endpoint(service, settings.host, settings.port, external_url=external[service])
                continue
            asked = service == GATEWAY or "port" in settings.model_fields_set
            wanted = port if service == GATEWAY and port is not None else settings.port
            listener = stack.enter_context(_open(service, settings.host, wanted, asked))
            endpoints[service] = Endpoint(service, settings.host, listener.getsockname()[1], listener)
        yield endpoints


def _open(service: str, host: str, wanted: int, asked: bool) -> socket.socket:
    try:
        return listen(host, wanted)
    except OSError as error:
        if not asked:
            return listen(host, 0)
        other = DEFAULT_PORTS[service] + 100
        choice = f"DESKHAND_{service.upper()}_PORT={other}"
        if service == GATEWAY:
            choice = f"`deskhand up --port {other}`, or {choice}"
        by = f" by {name}" if (name := holder(wanted)) else ""
        message = f"Port {wanted} on {host}, which the {service} needs, is taken{by} ({error.strerror})."
        raise CliError(message, f"Stop it, or choose another port: {choice}.") from error


def holder(port: int) -> str:
    """Who listens there, as far as this user may know."""
    try:
        for connection in psutil.net_connections("tcp"):
            if connection.status == psutil.CONN_LISTEN and connection.laddr[1:2] == (port,) and connection.pid:
                return f"{psutil.Process(connection.pid).name()} (process {connection.pid})"
    except (psutil.Error, OSError):
        pass
    return ""


def _settings(service: str) -> ServiceSettings:
    class Listening(ServiceSettings, service=service):
        partial = True
        port: int = Field(DEFAULT_PORTS[service], ge=0, le=65535)

    return _read(Listening)


def _external_urls() -> dict[str, str]:
    """Services that the settings place elsewhere: `planner_url` under [gateway], for one."""

    class Elsewhere(ServiceSettings, service=GATEWAY):
        partial = True
        toolrag_url: str | None = None
        planner_url: str | None = None
        executor_url: str | None = None
        stt_url: str | None = None

    names = {f"{service}_url" for service in DEFAULT_PORTS if service != GATEWAY}
    given = _read(Elsewhere).model_dump(include=names)
    return {name.removesuffix("_url"): url for name, url in given.items() if url}


def _read(kind: type[ServiceSettings]) -> ServiceSettings:
    try:
        return kind()
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = f"{kind.service}.{'.'.join(map(str, first['loc']))}"
        raise CliError(
            f"The setting {where} is wrong: {first['msg']}.", "`deskhand config path` names the settings file."
        ) from error
    except ValueError as error:
        raise CliError(f"The settings cannot be read: {error}.", "`deskhand config path` names the file.") from error
