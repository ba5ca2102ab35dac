"""Deskhand's home: who may read it, room on the disk, the key, the settings, what a crash left."""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
import tomllib
from collections.abc import Iterable
from pathlib import Path

from deskhand_contract.services import DEFAULT_PORTS
from deskhand_serving.process import LIFELINE_FD, LISTEN_FD
from deskhand_serving.settings import API_KEY_FILE, CONFIG_FILE
from deskhand_serving.stack import STATE_FILE

from ..exits import CliError
from .findings import Finding, Patient, ok, problem, warning

MIB = 1024 * 1024
FULL_MIB = 100
TIGHT_MIB = 1024

_OTHER_VARIABLES = frozenset({"DESKHAND_MODELS", LIFELINE_FD, LISTEN_FD})
_SECRETS = ("key", "secret", "token", "password")


def why_not_writable(folder: Path) -> str | None:
    """Why no file can be made there; None when one can. A folder that is not there yet is made in its parent."""
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    if not folder.is_dir():
        return f"{folder} is no folder"
    try:
        with tempfile.NamedTemporaryFile(dir=folder, prefix=".deskhand-doctor-"):
            return None
    except OSError as error:
        return f"{folder}: {error.strerror}"


def home(patient: Patient) -> Iterable[Finding]:
    path = patient.home
    why = why_not_writable(path)
    if why:
        yield problem("home", f"Nothing can be written to it: {why}", "Set DESKHAND_HOME to a folder of yours.")
        return
    if not path.exists():
        yield ok("home", f"{path} will be made by the first `deskhand up`")
        return
    others = stat.S_IMODE(path.stat().st_mode) & 0o077
    if others:
        yield warning("home", f"Others on this machine may look into {path}", f"chmod 700 '{path}'")
    else:
        yield ok("home", f"{path} is yours only")
    free_mib = shutil.disk_usage(path).free // MIB
    if free_mib < FULL_MIB:
        yield problem("disk", f"{free_mib} MiB are left for {path}", "Make room: mails and events can get lost.")
    elif free_mib < TIGHT_MIB:
        yield warning("disk", f"{free_mib} MiB are left for {path}", "Make room before it is full.")
    else:
        yield ok("disk", f"{free_mib / 1024:.0f} GiB are free")


def key(patient: Patient) -> Iterable[Finding]:
    path = patient.home / API_KEY_FILE
    renew = f"Stop Deskhand, delete {path}, and start it again: it makes a new one."
    try:
        mode, content = stat.S_IMODE(path.stat().st_mode), path.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        yield ok("key", "The first `deskhand up` makes it")
        return
    except (OSError, UnicodeDecodeError) as error:
        yield problem("key", f"{path} cannot be read: {error}", "It has to belong to you.")
        return
    if not content or not content.isascii() or len(content.split()) != 1:
        yield problem("key", f"{path} holds no key", renew)
    elif mode & 0o077:
        yield problem("key", f"Others may have read {path}", renew)
    else:
        yield ok("key", f"{path} is yours only")


def settings(patient: Patient) -> Iterable[Finding]:
    path = patient.home / CONFIG_FILE
    fine = True
    for service, given in patient.settings.items():
        if isinstance(given, CliError):
            fine = False
            yield problem("settings", given.message, f"`deskhand config` shows what {service} has; put it right there.")
    try:
        tables = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        tables = {}
    except (OSError, ValueError):
        return  # every service has said so
    for name in sorted(tables.keys() - DEFAULT_PORTS.keys()):
        fine = False
        yield problem("settings", f"{path}: there is no service [{name}]", f"There are {', '.join(DEFAULT_PORTS)}.")
    if _has_secret(tables) and stat.S_IMODE(path.stat().st_mode) & 0o077:
        fine = False
        yield problem("settings", f"Others may read the secrets in {path}", f"chmod 600 '{path}'")
    for variable in _unknown_variables(patient):
        fine = False
        yield warning(
            "settings", f"{variable} in the environment sets nothing", "`deskhand config` lists what there is."
        )
    if fine:
        yield ok("settings", str(path) if tables else "The defaults; there is no config.toml")


def _has_secret(tables: dict[str, object]) -> bool:
    return any(
        value and any(word in name for word in _SECRETS)
        for table in tables.values()
        if isinstance(table, dict)
        for name, value in table.items()
    )


def _unknown_variables(patient: Patient) -> list[str]:
    """Variables of a service whose settings are wrong are left alone."""
    known = set(_OTHER_VARIABLES)
    silent: list[str] = []
    for service, given in patient.settings.items():
        if isinstance(given, CliError):
            silent.append(f"DESKHAND_{service.upper()}_")
        else:
            known |= {setting.variable for setting in given}
    if len(silent) == len(patient.settings):
        return []
    return sorted(
        name
        for name in os.environ
        if name.startswith("DESKHAND_") and name not in known and not name.startswith(tuple(silent))
    )


def state(patient: Patient) -> Iterable[Finding]:
    path = patient.home / STATE_FILE
    if patient.stack_pid is None and path.exists():
        yield warning(
            "stack",
            f"{path} is left over from a Deskhand that was killed",
            "Nothing: the next `deskhand up` renews it.",
        )
