"""Deskhand as a unit of the user's systemd."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from ..exits import CliError, Exit
from .definition import Definition, ServiceStatus

UNIT = "deskhand.service"
_SYSTEMCTL_TIMEOUT_S = 60.0
_NO_SYSTEMD = (
    "Run `deskhand up` from your desktop's autostart, or from another supervisor: it stays in the foreground, ends on "
    "SIGTERM, and logs into its home."
)


class Systemd:
    """Raises CliError where the user has no systemd of their own."""

    def __init__(self) -> None:
        config = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
        self._file = config / "systemd" / "user" / UNIT
        if shutil.which("systemctl") is None:
            raise CliError("There is no systemd on this machine.", _NO_SYSTEMD)
        asked = _systemctl("show-environment")
        if asked.returncode != 0:
            raise CliError(
                f"The user's systemd does not answer: {asked.stderr.strip() or f'status {asked.returncode}'}.",
                f"Log in as the user who is to run it (a session by su or sudo has none). {_NO_SYSTEMD}",
            )

    def install(self, definition: Definition) -> None:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        draft = self._file.with_suffix(".tmp")
        draft.write_text(describe(definition), encoding="utf-8")
        draft.replace(self._file)
        _ordered("daemon-reload")
        _ordered("enable", UNIT)
        _ordered("restart", UNIT)

    def uninstall(self) -> None:
        if self._file.exists():
            _ordered("disable", "--now", UNIT)
        self._file.unlink(missing_ok=True)
        _ordered("daemon-reload")
        _systemctl("reset-failed", UNIT)  # complains when it has not failed

    def status(self) -> ServiceStatus:
        shown = _systemctl("show", "--property=MainPID,ExecMainStatus", UNIT)
        values = dict(line.split("=", 1) for line in shown.stdout.splitlines() if "=" in line)
        pid, last_exit = (int(values.get(name) or 0) for name in ("MainPID", "ExecMainStatus"))
        return ServiceStatus(
            manager="systemd",
            file=str(self._file),
            installed=self._file.exists(),
            pid=pid or None,
            last_exit=None if pid else last_exit,
        )


def describe(definition: Definition) -> str:
    """The unit. It is started again after a failure, but not when Deskhand runs elsewhere already."""
    environment = "\n".join(f"Environment={_quoted(f'{k}={v}')}" for k, v in definition.environment.items())
    return f"""\
[Unit]
Description=Deskhand: carries out what you say or type on your own computer

[Service]
ExecStart={" ".join(_quoted(part, in_command=True) for part in definition.command)}
{environment}
WorkingDirectory={_path(definition.home)}
Restart=on-failure
RestartSec=5
RestartPreventExitStatus={int(Exit.RUNS_ALREADY)}
TimeoutStopSec=40
KillMode=mixed
UMask=0077
NoNewPrivileges=true
StandardOutput=append:{_path(definition.log)}
StandardError=inherit

[Install]
WantedBy=default.target
"""


def _quoted(text: str, *, in_command: bool = False) -> str:
    """One word of a unit file (systemd.syntax(7)); `%` and, in a command, `$` stand for other things unless doubled."""
    escaped = _path(text).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped.replace("$", "$$") if in_command else escaped}"'


def _path(path: Path | str) -> str:
    """Raises CliError for what cannot stand on a line."""
    text = str(path)
    if not text.isprintable():
        raise CliError(f"{text!r} cannot stand in a unit of systemd.", "Use a folder without line ends in its name.")
    return text.replace("%", "%%")


def _systemctl(*arguments: str) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            ["systemctl", "--user", *arguments],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_SYSTEMCTL_TIMEOUT_S,
            check=False,
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise CliError(f"systemctl cannot be used: {error}.", _NO_SYSTEMD) from error


def _ordered(*arguments: str) -> None:
    """Raises CliError when systemd refuses."""
    done = _systemctl(*arguments)
    if done.returncode != 0:
        raise CliError(
            f"systemd refuses `systemctl --user {' '.join(arguments)}`: {done.stderr.strip()}.",
            f"`journalctl --user -u {UNIT}` may say why.",
        )
