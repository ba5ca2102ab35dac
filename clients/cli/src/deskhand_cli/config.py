"""`deskhand config`: the settings of all services, where each comes from, and how to change one.

The services are asked themselves (`python -m deskhand_<service> --settings`): nobody else knows their settings.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import tomlkit
from deskhand_contract.services import DEFAULT_PORTS
from deskhand_serving.process import SHOW_SETTINGS
from deskhand_serving.settings import CONFIG_FILE, Setting, default_home
from rich.console import Console
from rich.text import Text
from tomlkit.exceptions import TOMLKitError

from .exits import CliError, Exit
from .home import write_private

ASK_TIMEOUT_S = 60.0


def ask(service: str, home: Path | None = None) -> list[Setting]:
    """The effective settings of a service. Raises CliError with the service's own words when they are wrong."""
    environment = dict(os.environ) | ({"DESKHAND_HOME": str(home)} if home else {})
    asked = subprocess.run(
        [sys.executable, "-P", "-m", f"deskhand_{service}", SHOW_SETTINGS],
        capture_output=True,
        text=True,
        env=environment,
        timeout=ASK_TIMEOUT_S,
        check=False,
    )
    if asked.returncode:
        words = (asked.stderr.strip().splitlines() or ["it left no word"])[-1]
        raise CliError(f"The settings of {service} are wrong: {words.removeprefix(f'deskhand {service}: ')}")
    return [Setting(**entry) for entry in json.loads(asked.stdout)]


def ask_all() -> dict[str, list[Setting] | CliError]:
    """All services' settings; one that has wrong ones does not hide the others'."""

    def try_ask(service: str) -> list[Setting] | CliError:
        try:
            return ask(service)
        except CliError as error:
            return error

    with ThreadPoolExecutor(len(DEFAULT_PORTS)) as pool:
        return dict(zip(DEFAULT_PORTS, pool.map(try_ask, DEFAULT_PORTS), strict=True))


def run_show(as_json: bool) -> Exit:
    settings = ask_all()
    code = Exit.FAILED if any(isinstance(given, CliError) for given in settings.values()) else Exit.DONE
    if as_json:
        shown = {
            name: {"error": given.message} if isinstance(given, CliError) else [vars(setting) for setting in given]
            for name, given in settings.items()
        }
        sys.stdout.write(json.dumps(shown) + "\n")
        return code
    console = Console(highlight=False)
    console.print(f"{default_home() / CONFIG_FILE}", style="dim", markup=False)
    for service, given in settings.items():
        if isinstance(given, CliError):
            console.print(Text(f"{service}: {given.message}", "red"))
            continue
        console.print(Text(f"\n[{service}]", "bold"))
        for setting in given:
            from_default = setting.source == "default"
            line = Text(f"{setting.name} = {json.dumps(setting.value, ensure_ascii=False)}")
            line.stylize("" if from_default else "green")
            line.append("" if from_default else f"  from {setting.source}", "green")
            line.append(f"  {setting.description}" if setting.description else "", "dim")
            console.print(line, soft_wrap=True)
    console.print("\nChange one: deskhand config set gateway.port 9710", style="dim")
    return code


def run_path() -> Exit:
    sys.stdout.write(f"{default_home() / CONFIG_FILE}\n")
    return Exit.DONE


def run_set(key: str, value: str) -> Exit:
    """Write a setting into config.toml; comments and order stay. What the service refuses is not kept."""
    service, _, name = key.partition(".")
    if service not in DEFAULT_PORTS or not name:
        raise CliError(
            f"{key!r} names no setting.", "Settings are SERVICE.NAME; `deskhand config` lists them.", Exit.USAGE
        )
    known = {setting.name: setting for setting in ask(service)}
    if name not in known:
        raise CliError(f"{service} has no setting {name!r}.", f"It has: {', '.join(known)}.", Exit.USAGE)
    prefix = f"DESKHAND_{service.upper()}_"
    if not known[name].variable.startswith(prefix):
        raise CliError(
            f"{name} is the same for all services and comes from the environment.",
            f"Set {known[name].variable}.",
            Exit.USAGE,
        )
    path = default_home() / CONFIG_FILE
    before = path.read_text(encoding="utf-8") if path.exists() else None
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    write_private(path, with_setting(before or "", service, name, value))
    try:
        now = {setting.name: setting for setting in ask(service)}[name]
    except CliError:
        if before is None:
            path.unlink()
        else:
            write_private(path, before)
        raise
    sys.stdout.write(f"{key} = {now.value}  ({path})\n")
    if now.source != CONFIG_FILE:
        sys.stdout.write(f"{now.variable} in the environment is stronger: it stays in force.\n")
    sys.stdout.write("It takes effect at the next `deskhand up`.\n")
    return Exit.DONE


def with_setting(text: str, service: str, name: str, value: str) -> str:
    """The TOML `text` with one setting changed. Raises CliError when it is not TOML."""
    try:
        document = tomlkit.parse(text)
    except TOMLKitError as error:
        raise CliError(f"{default_home() / CONFIG_FILE} is not valid TOML: {error}.") from error
    table = document.get(service)
    if not isinstance(table, Mapping):
        table = tomlkit.table()
        document[service] = table
    table[name] = _toml_value(value)  # pyright: ignore[reportIndexIssue] - tomlkit's tables are mutable
    return tomlkit.dumps(document).rstrip("\n") + "\n"


def _toml_value(value: str) -> Any:
    """What the words mean in TOML (9710, true, ["a"]), else themselves: a path needs no quotes."""
    try:
        return tomlkit.parse(f"value = {value}")["value"]
    except TOMLKitError:
        return value
