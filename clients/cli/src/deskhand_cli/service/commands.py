"""The commands of `deskhand service`."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import asdict
from pathlib import Path

from deskhand_serving.settings import default_home

from ..exits import CliError, Exit
from ..home import LOGS_FOLDER, AlreadyRunning, running_pid
from .definition import Definition, Manager
from .launchd import Launchd
from .systemd import Systemd

LOG_FILE = "service.log"
_PASSED_ON = ("DESKHAND_MODELS", "PATH")
"""Beside the home. Settings belong into config.toml, where a service reads them too."""


def manager() -> Manager:
    """The one of this platform. Raises CliError where there is none."""
    return Launchd() if sys.platform == "darwin" else Systemd()


def definition(home: Path) -> Definition:
    passed_on = {name: os.environ[name] for name in _PASSED_ON if os.environ.get(name)}
    return Definition(
        command=(sys.executable, "-P", "-m", "deskhand_cli", "up"),
        environment={"DESKHAND_HOME": str(home), **passed_on},
        home=home,
        log=home / LOGS_FOLDER / LOG_FILE,
    )


def run_install() -> Exit:
    home = default_home().absolute()
    services = manager()
    if services.status().pid is None and (pid := running_pid(home)) is not None:
        raise AlreadyRunning(home, pid)
    what = definition(home)
    try:
        what.log.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise CliError(
            f"Deskhand's home {home} cannot be used: {error.strerror}.", "Set DESKHAND_HOME to a folder of yours."
        ) from error
    services.install(what)
    status = services.status()
    sys.stdout.write(
        f"Deskhand runs now, and starts whenever you log in ({status.manager}: {status.file}).\n"
        f"  Home  {home}\n  Log   {what.log}\n"
        "`deskhand status` shows when it is ready; `deskhand service uninstall` takes it back.\n"
    )
    return Exit.DONE


def run_uninstall() -> Exit:
    services = manager()
    was = services.status()
    services.uninstall()
    definition(default_home().absolute()).log.unlink(missing_ok=True)
    sys.stdout.write(
        "Deskhand does not start at login any more; your data and settings stay.\n"
        if was.installed
        else "There was no service; nothing to take back.\n"
    )
    return Exit.DONE


def run_service_status(as_json: bool) -> Exit:
    """Exit 4 when it does not run."""
    status = manager().status()
    if as_json:
        sys.stdout.write(json.dumps(asdict(status), ensure_ascii=False) + "\n")
    elif not status.installed:
        sys.stdout.write("Deskhand is not installed as a service; `deskhand service install` does it.\n")
    else:
        runs = f"runs (process {status.pid})" if status.pid else "does not run"
        ended = f"; it last ended with {status.last_exit}" if status.last_exit and not status.pid else ""
        log = definition(default_home().absolute()).log
        sys.stdout.write(f"The service {runs}{ended}.\n  {status.manager}  {status.file}\n  Log      {log}\n")
    return Exit.DONE if status.pid else Exit.NOT_RUNNING
