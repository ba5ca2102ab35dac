"""The services: whether they answer, or could be started, and what the executor may use."""

from __future__ import annotations

from collections.abc import Iterable

from deskhand_contract.services import DEFAULT_PORTS
from deskhand_serving.process import listen

from ..exits import CliError, Exit
from ..gateway import Gateway, GatewayError
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


def applications(patient: Patient) -> Iterable[Finding]:
    """What the executor's backend checks: on a Mac, whether it may drive each application. Services that do not answer
    are told by `health`."""
    if patient.stack_pid is None:
        return
    try:
        with Gateway(patient.home) as gateway:
            diagnosis = gateway.diagnosis()
    except CliError as error:
        away = isinstance(error, GatewayError) and error.body and error.body.code == "service_unavailable"
        if error.exit is not Exit.NOT_RUNNING and not away:
            log = patient.home / "logs" / "executor.log"
            yield problem("applications", error.message, error.way_out or f"Its log may say more: {log}")
        return
    for check in diagnosis.checks:
        if check.ok:
            yield ok(check.name, check.message)
        else:
            yield problem(check.name, f"Deskhand cannot use it ({check.code})", check.message)


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
