"""The services: whether they answer, or could be started."""

from __future__ import annotations

from collections.abc import Iterable

from deskhand_contract.services import DEFAULT_PORTS
from deskhand_serving.process import listen

from ..exits import CliError
from ..gateway import Gateway
from ..home import read_state
from ..stack.endpoints import GATEWAY, holder
from .findings import Finding, Patient, ok, problem, warning


def health(patient: Patient) -> Iterable[Finding]:
    if patient.stack_pid is None:
        yield warning("services", "Deskhand does not run", "Start it with `deskhand up`.")
        return
    try:
        with Gateway(patient.home) as gateway:
            word = gateway.health()
    except CliError as error:
        yield problem("services", error.message, f"{error.way_out} Its log is in {patient.home / 'logs'}.")
        return
    for service in word["services"]:
        detail = service["detail"] or "ready"
        if service["ready"]:
            yield ok(service["service"], detail)
        else:
            log = patient.home / "logs" / f"{service['service']}.log"
            yield problem(service["service"], f"It is not ready: {detail}", f"Its log may say more: {log}")
    state = read_state(patient.home)
    for name, service in state.services.items() if state else ():
        if service.restarts:
            yield warning(
                name,
                f"It had to be started again {service.restarts} times",
                f"See what it said before: {patient.home / 'logs' / f'{name}.log'}",
            )


def ports(patient: Patient) -> Iterable[Finding]:
    """While Deskhand runs its ports are taken, by itself."""
    if patient.stack_pid is not None:
        return
    for service, default in DEFAULT_PORTS.items():
        host, port = patient.value(service, "host"), patient.value(service, "port")
        if host is None:
            continue
        try:
            listen(host, port).close()
        except OSError as error:
            by = holder(port)
            taken = f"Port {port} on {host} cannot be had ({error.strerror})" + (f": {by} has it" if by else "")
            if service == GATEWAY or port != default:
                other = f"deskhand config set {service}.port {default + 100}"
                yield problem("ports", f"{taken}; the {service} needs it", f"Stop what is there, or: {other}")
            else:
                yield ok("ports", f"{taken}; the {service} takes a free one")
        else:
            if service == GATEWAY:
                yield ok("ports", f"{host}:{port} is free")
