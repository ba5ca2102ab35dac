"""`deskhand service`, with stand-ins for launchctl and systemctl that remember what they were told."""

from __future__ import annotations

import json
import plistlib
import shutil
import stat
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from deskhand_cli.exits import CliError, Exit
from deskhand_cli.home import AlreadyRunning, stack_lock
from deskhand_cli.service.commands import definition, run_install, run_service_status, run_uninstall
from deskhand_cli.service.launchd import LABEL, describe
from deskhand_cli.service.systemd import describe as describe_unit
from deskhand_cli.testing import run_cli, stack_environment

LAUNCHCTL = """
def launchctl(state, verb, *rest):
    target = rest[0].rpartition("/")[2]
    if verb == "enable":
        return 0, ""
    if verb == "bootstrap":
        domain, file = rest
        agent = plistlib.loads(open(file, "rb").read())
        if state.get("refuses"):
            sys.stderr.write("Bootstrap failed: 5: Input/output error\\n")
            return 5, ""
        state["loaded"] = {"label": agent["Label"], "pid": 4711, "leaving": 0}
        return 0, ""
    loaded = state.get("loaded")
    if not loaded or loaded["label"] != target:
        return 113, ""
    if verb == "bootout":
        loaded["leaving"] = 2
        return 0, ""
    if loaded["leaving"]:
        loaded["leaving"] -= 1
        if not loaded["leaving"]:
            state["loaded"] = None
    return 0, f"{target} = {{\\n\\tstate = running\\n\\tpid = {loaded['pid']}\\n\\tlast exit code = 0\\n}}\\n"
"""
SYSTEMCTL = """
def systemctl(state, user, verb, *rest):
    assert user == "--user"
    if state.get("refuses") == verb:
        sys.stderr.write(f"Failed to {verb}\\n")
        return 1, ""
    if verb in ("restart", "enable", "disable"):
        state[{"restart": "runs", "enable": "enabled", "disable": "enabled"}[verb]] = verb != "disable"
        if "--now" in rest:
            state["runs"] = False
    if verb == "show":
        return 0, f"MainPID={815 if state.get('runs') else 0}\\nExecMainStatus={state.get('ended', 0)}\\n"
    return 0, ""
"""
MAIN = """
import json, plistlib, sys
file, name, *arguments = sys.argv[1:]
with open(file) as handle:
    state = json.load(handle)
state["calls"].append(arguments)
code, output = globals()[name](state, *arguments)
with open(file, "w") as handle:
    json.dump(state, handle)
sys.stdout.write(output)
sys.exit(code)
"""


@dataclass
class System:
    file: Path
    home: Path
    user: Path

    @property
    def state(self) -> dict[str, Any]:
        return json.loads(self.file.read_text())

    def is_(self, **changes: Any) -> None:
        self.file.write_text(json.dumps(self.state | changes))

    @property
    def verbs(self) -> list[str]:
        return [next(word for word in call if not word.startswith("-")) for call in self.state["calls"]]


@pytest.fixture
def system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> System:
    programs, user, home = tmp_path / "programs", tmp_path / "user", tmp_path / "desk hand 100%"
    for folder in (programs, user):
        folder.mkdir()
    stand_in, file = tmp_path / "stand_in.py", tmp_path / "system.json"
    stand_in.write_text(LAUNCHCTL + SYSTEMCTL + MAIN)
    file.write_text('{"calls": []}')
    for name in ("launchctl", "systemctl"):
        program = programs / name
        program.write_text(f'#!/bin/sh\nexec {sys.executable} -S {stand_in} {file} {name} "$@"\n')
        program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:/usr/bin:/bin")
    monkeypatch.setenv("HOME", str(user))
    monkeypatch.setenv("DESKHAND_HOME", str(home))
    for name in ("XDG_CONFIG_HOME", "DESKHAND_MODELS"):
        monkeypatch.delenv(name, raising=False)
    return System(file, home, user)


@pytest.fixture
def mac(system: System, monkeypatch: pytest.MonkeyPatch) -> System:
    monkeypatch.setattr(sys, "platform", "darwin")
    return system


@pytest.fixture
def linux(system: System, monkeypatch: pytest.MonkeyPatch) -> System:
    monkeypatch.setattr(sys, "platform", "linux")
    return system


def files_of(system: System) -> list[Path]:
    return [path for folder in (system.user, system.home) for path in folder.rglob("*") if path.is_file()]


def test_launchd_agent_runs_the_stack_of_this_home(mac: System, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_install() == Exit.DONE
    file = mac.user / "Library" / "LaunchAgents" / f"{LABEL}.plist"
    agent = plistlib.loads(file.read_bytes())
    assert agent["ProgramArguments"] == [sys.executable, "-P", "-m", "deskhand_cli", "up"]
    assert agent["EnvironmentVariables"]["DESKHAND_HOME"] == str(mac.home)
    assert agent["KeepAlive"] == {"SuccessfulExit": False}
    log = mac.home / "logs" / "service.log"
    assert agent["StandardOutPath"] == agent["StandardErrorPath"] == str(log)
    assert stat.S_IMODE(log.parent.stat().st_mode) == 0o700
    assert str(file) in capsys.readouterr().out
    assert run_service_status(as_json=True) == Exit.DONE
    assert json.loads(capsys.readouterr().out) == {
        "manager": "launchd",
        "file": str(file),
        "installed": True,
        "pid": 4711,
        "last_exit": 0,
    }


def test_launchd_agent_is_replaced_only_when_the_former_one_is_gone(mac: System) -> None:
    run_install()
    mac.is_(calls=[])
    run_install()
    verbs = mac.verbs
    assert verbs.index("bootout") < verbs.index("bootstrap")
    assert verbs[verbs.index("bootout") + 1 : verbs.index("enable")] == ["print", "print", "print"]
    assert mac.state["loaded"]["leaving"] == 0


def test_refusal_of_launchd_leaves_nothing_behind(mac: System) -> None:
    mac.is_(refuses=True)
    with pytest.raises(CliError, match="Input/output error") as caught:
        run_install()
    assert "log in on the Mac itself" in caught.value.way_out
    assert files_of(mac) == []


def test_agent_file_holds_any_path(tmp_path: Path) -> None:
    home = tmp_path / 'a "b" & <c> 100% $HOME ünï'
    assert plistlib.loads(plistlib.dumps(describe(definition(home))))["WorkingDirectory"] == str(home)


def test_systemd_unit_runs_the_stack_of_this_home(linux: System, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_install() == Exit.DONE
    unit = (linux.user / ".config" / "systemd" / "user" / "deskhand.service").read_text()
    assert f'ExecStart="{sys.executable}" "-P" "-m" "deskhand_cli" "up"\n' in unit
    assert f'Environment="DESKHAND_HOME={str(linux.home).replace("%", "%%")}"\n' in unit
    assert linux.verbs[-4:] == ["daemon-reload", "enable", "restart", "show"]
    capsys.readouterr()
    assert run_service_status(as_json=False) == Exit.DONE
    assert "runs (process 815)" in capsys.readouterr().out


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")
def test_systemd_reads_the_unit(tmp_path: Path) -> None:
    home = tmp_path / 'a "b" 100% $HOME \\ ünï'
    home.mkdir()
    unit = tmp_path / "deskhand.service"
    unit.write_text(describe_unit(definition(home)))
    checked = subprocess.run(
        ["systemd-analyze", "verify", "--user", "--man=no", "--recursive-errors=no", str(unit)],
        capture_output=True,
        text=True,
        env={"PATH": "/usr/bin:/bin", "XDG_RUNTIME_DIR": str(tmp_path), "HOME": str(tmp_path)},
        check=False,
    )
    assert (checked.returncode, [line for line in checked.stderr.splitlines() if "deskhand" in line]) == (0, [])


@pytest.mark.parametrize("platform", ["mac", "linux"])
def test_uninstall_leaves_nothing_but_the_users_data(
    platform: str, request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str]
) -> None:
    system: System = request.getfixturevalue(platform)
    run_install()
    (system.home / "config.toml").write_text("")
    (system.home / "logs" / "service.log").write_text("said\n")
    assert run_uninstall() == Exit.DONE
    assert files_of(system) == [system.home / "config.toml"]
    assert not system.state.get("loaded")
    assert not system.state.get("runs")
    assert not system.state.get("enabled")
    capsys.readouterr()
    assert run_service_status(as_json=False) == Exit.NOT_RUNNING
    assert "not installed" in capsys.readouterr().out
    assert run_uninstall() == Exit.DONE
    assert "There was no service" in capsys.readouterr().out


@pytest.mark.parametrize("platform", ["mac", "linux"])
def test_stack_in_a_terminal_is_not_run_into(platform: str, request: pytest.FixtureRequest) -> None:
    system: System = request.getfixturevalue(platform)
    with stack_lock(system.home), pytest.raises(AlreadyRunning):
        run_install()


def test_service_that_failed_says_with_what(linux: System, capsys: pytest.CaptureFixture[str]) -> None:
    run_install()
    linux.is_(runs=False, ended=6)
    capsys.readouterr()
    assert run_service_status(as_json=False) == Exit.NOT_RUNNING
    assert "does not run; it last ended with 6" in capsys.readouterr().out


def test_refusal_of_systemd_is_told_with_its_words(linux: System) -> None:
    linux.is_(refuses="enable")
    with pytest.raises(CliError, match="Failed to enable") as caught:
        run_install()
    assert "journalctl" in caught.value.way_out


def test_without_systemd_it_says_what_to_do(linux: System, monkeypatch: pytest.MonkeyPatch) -> None:
    linux.is_(refuses="show-environment")
    with pytest.raises(CliError, match="does not answer") as caught:
        run_install()
    assert "autostart" in caught.value.way_out
    monkeypatch.setenv("PATH", str(linux.home))
    with pytest.raises(CliError, match="no systemd on this machine"):
        run_install()


def test_command_line_has_the_three_verbs(tmp_path: Path) -> None:
    shown = run_cli("service", "--help", environment=stack_environment(tmp_path)).stdout
    assert all(f" {verb} " in shown for verb in ("install", "uninstall", "status"))
