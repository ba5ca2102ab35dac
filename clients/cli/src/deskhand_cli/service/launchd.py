"""Deskhand as a launchd agent of the user who is logged in on a Mac."""

from __future__ import annotations

import os
import plistlib
import re
import subprocess
import time
from pathlib import Path
from typing import Any

from ..exits import CliError
from .definition import Definition, ServiceStatus

LABEL = "org.deskhand.deskhand"
RESTART_AFTER_S = 30
GONE_WITHIN_S = 20.0
"""`bootout` comes back before the service is gone, and a `bootstrap` before that fails."""
_POLL_S = 0.2
_LAUNCHCTL_TIMEOUT_S = 30.0


class Launchd:
    def __init__(self) -> None:
        self._file = Path.home() / "Library" / "LaunchAgents" / f"{LABEL}.plist"
        self._domain = f"gui/{os.getuid()}"
        self._target = f"{self._domain}/{LABEL}"

    def install(self, definition: Definition) -> None:
        self._remove()
        self._file.parent.mkdir(parents=True, exist_ok=True)
        draft = self._file.with_suffix(".tmp")
        draft.write_bytes(plistlib.dumps(describe(definition)))
        draft.replace(self._file)
        _launchctl("enable", self._target)  # it may have been switched off in the Login Items once
        started = _launchctl("bootstrap", self._domain, str(self._file))
        if started.returncode != 0:
            self._file.unlink(missing_ok=True)
            raise CliError(
                f"launchd does not take the service: {started.stderr.strip() or f'status {started.returncode}'}.",
                "It belongs to a session with a desktop: log in on the Mac itself, not by ssh, and try again.",
            )

    def uninstall(self) -> None:
        self._remove()
        self._file.unlink(missing_ok=True)

    def status(self) -> ServiceStatus:
        shown = _launchctl("print", self._target)
        loaded = shown.returncode == 0
        return ServiceStatus(
            manager="launchd",
            file=str(self._file),
            installed=self._file.exists() or loaded,
            pid=_number(r"^\s*pid = (\d+)$", shown.stdout) if loaded else None,
            last_exit=_number(r"^\s*last exit code = (\d+)", shown.stdout) if loaded else None,
        )

    def _remove(self) -> None:
        """Raises CliError when it does not go."""
        if _launchctl("print", self._target).returncode != 0:
            return
        asked = _launchctl("bootout", self._target)
        deadline = time.monotonic() + GONE_WITHIN_S
        while _launchctl("print", self._target).returncode == 0:
            if time.monotonic() > deadline:
                raise CliError(
                    f"launchd does not stop the service: {asked.stderr.strip() or 'it still runs'}.",
                    f"Stop it by `launchctl bootout {self._target}` and try again.",
                )
            time.sleep(_POLL_S)


def describe(definition: Definition) -> dict[str, Any]:
    """The agent as launchd.plist(5) has it. Started again after a failure, not after an end that was asked for."""
    return {
        "Label": LABEL,
        "ProgramArguments": list(definition.command),
        "EnvironmentVariables": dict(definition.environment),
        "WorkingDirectory": str(definition.home),
        "RunAtLoad": True,
        "KeepAlive": {"SuccessfulExit": False},
        "ThrottleInterval": RESTART_AFTER_S,
        "LimitLoadToSessionType": "Aqua",
        "ProcessType": "Interactive",
        "Umask": 0o077,
        "StandardOutPath": str(definition.log),
        "StandardErrorPath": str(definition.log),
    }


def _launchctl(*arguments: str) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            ["launchctl", *arguments],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_LAUNCHCTL_TIMEOUT_S,
            check=False,
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise CliError(f"launchctl cannot be used: {error}.", "It comes with macOS, in /bin.") from error


def _number(pattern: str, text: str) -> int | None:
    match = re.search(pattern, text, re.MULTILINE)
    return int(match[1]) if match else None
