"""`deskhand status`: what runs, since when, how much memory it takes, with which models."""

from __future__ import annotations

import json
import sys
import time
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import psutil
from deskhand_contract.services import DEFAULT_PORTS
from deskhand_serving.settings import default_home
from rich.console import Console
from rich.table import Table
from rich.text import Text

from .exits import CliError, Exit
from .gateway import Gateway
from .home import LOGS_FOLDER, read_state, running_pid
from .models import find_models

MIB = 1024 * 1024


def memory_mib(pid: int | None) -> dict[str, float | None]:
    """Resident memory of a process (MiB), and its share with pages divided among those who map them (PSS, Linux)."""
    try:
        process = psutil.Process(pid) if pid else None
        if process is None:
            return {"rss_mib": None, "pss_mib": None}
        rss = process.memory_info().rss
        pss = getattr(process.memory_full_info(), "pss", None)
    except psutil.Error:
        return {"rss_mib": None, "pss_mib": None}
    return {"rss_mib": round(rss / MIB, 1), "pss_mib": None if pss is None else round(pss / MIB, 1)}


def collect(home: Path) -> dict[str, Any]:
    """Everything that `status` shows, as JSON. Raises GatewayError when the stack does not run."""
    with Gateway(home) as gateway:
        health = gateway.health()
        base_url = gateway.base_url
    state = read_state(home)
    words = {entry["service"]: entry for entry in [health, *health.get("services", [])]}
    services: list[dict[str, Any]] = []
    for name in DEFAULT_PORTS:
        known = state.services.get(name) if state else None
        word = words.get(name, {})
        services.append(
            {
                "service": name,
                "ready": bool(word.get("ready")),
                "detail": word.get("detail", ""),
                "version": _version(name),
                "url": known.url if known else None,
                "pid": known.pid if known else None,
                **memory_mib(known.pid if known else None),
            }
        )
    return {
        "base_url": base_url,
        "home": str(home),
        "ready": bool(health.get("ready")),
        "up_s": round(time.time() - state.started, 1) if state else None,
        "services": services,
        "models": [
            {"name": model.name, "megabytes": model.megabytes, "origin": model.origin} for model in find_models(home)
        ],
    }


def run_status(as_json: bool) -> Exit:
    """Exit 0 when commands can be carried out, 4 when not."""
    home = default_home().absolute()
    try:
        found = collect(home)
    except CliError:
        if as_json:
            sys.stdout.write(json.dumps({"home": str(home), "ready": False, "pid": running_pid(home)}) + "\n")
        raise
    if as_json:
        sys.stdout.write(json.dumps(found, ensure_ascii=False) + "\n")
    else:
        _print(found)
    return Exit.DONE if found["ready"] else Exit.NOT_RUNNING


def _print(found: dict[str, Any]) -> None:
    console = Console(highlight=False)
    up = "" if found["up_s"] is None else f", up for {_duration(found['up_s'])}"
    console.print(
        f"Deskhand {'is ready' if found['ready'] else 'is not ready'} at {found['base_url']}{up}", style="bold"
    )
    table = Table(box=None, padding=(0, 2, 0, 0))
    for heading in ("", "service", "version", "process", "RSS", "PSS", ""):
        table.add_column(heading, justify="right" if heading in ("process", "RSS", "PSS") else "left")
    for service in found["services"]:
        glyph = Text("✓", "green") if service["ready"] else Text("✗", "red")
        sizes = ["" if service[key] is None else f"{service[key]:.0f} MiB" for key in ("rss_mib", "pss_mib")]
        pid = str(service["pid"] or "")
        table.add_row(glyph, service["service"], service["version"], pid, *sizes, Text(service["detail"], "dim"))
    console.print(table)
    rss = sum(service["rss_mib"] or 0 for service in found["services"])
    pss = [service["pss_mib"] for service in found["services"] if service["pss_mib"] is not None]
    console.print(f"Memory: {rss:.0f} MiB resident" + (f", {sum(pss):.0f} MiB without counting twice" if pss else ""))
    names = ", ".join(f"{model['name']} ({model['megabytes']:g} MB)" for model in found["models"])
    console.print(f"Models: {names or 'none'}", markup=False)
    console.print(f"Home:   {found['home']}  (logs in {LOGS_FOLDER}/)", markup=False)


def _duration(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min" if minutes else f"{rest} s"


def _version(service: str) -> str:
    try:
        return version(f"deskhand-{service}")
    except PackageNotFoundError:
        return "not installed"
