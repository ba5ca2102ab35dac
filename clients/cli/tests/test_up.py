"""`deskhand up`, with stand-ins for the services in real processes."""

from __future__ import annotations

import json
import os
import signal
import socket
import stat
from pathlib import Path

import httpx
import psutil
import pytest
from deskhand_cli.exits import Exit
from deskhand_cli.home import STATE_FILE, read_state, running_pid
from deskhand_cli.testing import NotStarted, RunningStack, StackStarter, run_cli, stack_environment


def children(stack: RunningStack) -> list[psutil.Process]:
    return [psutil.Process(service.pid) for service in stack.state.services.values() if service.pid]


def test_all_services_run_when_the_stack_says_that_it_is_ready(fake_stack: StackStarter) -> None:
    with fake_stack() as stack:
        assert set(stack.state.services) == {"gateway", "toolrag", "planner", "executor", "stt"}
        for service in stack.state.services.values():
            assert httpx.get(f"{service.url}/healthz").json()["ready"]
        assert stack.state.pid == stack.process.pid == running_pid(stack.home)


def test_stopping_leaves_neither_processes_nor_state(fake_stack: StackStarter) -> None:
    with fake_stack() as stack:
        started = children(stack)
        assert stack.stop() == Exit.DONE
        assert psutil.wait_procs(started, timeout=10)[1] == []
        assert read_state(stack.home) is None
        assert not (stack.home / STATE_FILE).exists()


def test_ctrl_c_stops_with_exit_status_zero(fake_stack: StackStarter) -> None:
    with fake_stack() as stack:
        assert stack.stop(signal.SIGINT) == Exit.DONE
        stack.wait_for("Stopped.")


def test_children_end_when_the_supervisor_is_killed(fake_stack: StackStarter) -> None:
    with fake_stack() as stack:
        started = children(stack)
        assert len(started) == 5
        stack.stop(signal.SIGKILL)
        assert psutil.wait_procs(started, timeout=10)[1] == []


def test_a_stack_starts_on_a_home_whose_last_one_was_killed(fake_stack: StackStarter) -> None:
    with fake_stack() as stack:
        stack.stop(signal.SIGKILL)
        assert (stack.home / STATE_FILE).exists()
        assert read_state(stack.home) is None
    with fake_stack() as stack:
        assert stack.state.pid == stack.process.pid


def test_a_killed_service_is_started_again(fake_stack: StackStarter) -> None:
    with fake_stack() as stack:
        before = stack.state.services["executor"]
        assert before.pid
        os.kill(before.pid, signal.SIGKILL)
        assert "SIGKILL" in stack.wait_for("The executor died")
        stack.wait_for("The executor is back")
        after = stack.state.services["executor"]
        assert after.url == before.url
        assert after.pid not in (None, before.pid)
        assert httpx.get(f"{after.url}/healthz").json()["ready"]


def test_a_missing_model_is_one_line_and_a_way_out(fake_stack: StackStarter, tmp_path: Path) -> None:
    with pytest.raises(NotStarted) as failed, fake_stack(planner="refuses"):
        pass
    assert failed.value.code == Exit.FAILED
    assert "The planner cannot start: the model of the planner is missing; fetch it." in failed.value.said
    assert "run `deskhand up` again" in failed.value.said
    assert "Traceback" not in failed.value.said
    assert running_pid(tmp_path / "home") is None


def test_a_service_that_dies_at_each_start_ends_the_stack(fake_stack: StackStarter) -> None:
    with pytest.raises(NotStarted) as failed, fake_stack(toolrag="crashes"):
        pass
    assert failed.value.code == Exit.FAILED
    assert "The toolrag died 3 times at its start" in failed.value.said


def test_the_stack_goes_on_without_voice(fake_stack: StackStarter) -> None:
    with fake_stack(stt="refuses") as stack:
        stack.wait_for("voice (stt): the model of the stt is missing; fetch it")
        assert stack.state.services["stt"].pid is None
        assert stack.state.services["planner"].pid


def test_voice_without_a_model_is_said_at_the_start(fake_stack: StackStarter) -> None:
    with fake_stack(stt="unready") as stack:
        stack.wait_for("voice (stt): no model")


def test_a_second_start_says_that_it_runs_already(fake_stack: StackStarter) -> None:
    with fake_stack() as stack:
        second = stack.cli("up", "--port", "0")
        assert second.returncode == Exit.RUNS_ALREADY
        assert f"Deskhand already runs at {stack.base_url} (process {stack.process.pid}" in second.stderr
        assert stack.process.poll() is None


def test_a_taken_port_is_named_with_a_way_out(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        failed = run_cli("up", "--port", str(port), environment=stack_environment(tmp_path))
    assert failed.returncode == Exit.FAILED
    assert f"Port {port} on 127.0.0.1, which the gateway needs, is taken" in failed.stderr
    assert "deskhand up --port" in failed.stderr


def test_a_taken_internal_port_is_replaced_unless_somebody_asked_for_it(fake_stack: StackStarter) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(NotStarted) as failed, fake_stack({"DESKHAND_PLANNER_PORT": str(port)}):
            pass
    assert f"Port {port}" in failed.value.said
    assert "DESKHAND_PLANNER_PORT=" in failed.value.said


def test_a_service_that_runs_elsewhere_is_not_started(fake_stack: StackStarter) -> None:
    with fake_stack({"DESKHAND_GATEWAY_PLANNER_URL": "http://127.0.0.1:9"}) as stack:
        assert stack.state.services["planner"].pid is None
        assert stack.state.services["planner"].url == "http://127.0.0.1:9"


def test_each_start_has_a_log_of_its_own_and_the_one_before_is_kept(fake_stack: StackStarter) -> None:
    with fake_stack():
        pass
    with fake_stack() as stack:
        logs = stack.home / "logs"
        assert stat.S_IMODE(logs.stat().st_mode) == 0o700
        for name in ("planner.log", "planner.log.1"):
            lines = (logs / name).read_text().splitlines()
            assert json.loads(lines[0])["message"] == "starting"


def test_verbose_shows_the_logs(tmp_path: Path, fakes: dict[str, str]) -> None:
    environment = stack_environment(tmp_path, fakes | {"FAKE_PLANNER": "refuses"})
    failed = run_cli("up", "--port", "0", "--verbose", environment=environment)
    assert '"message": "starting"' in failed.stderr


def test_a_home_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    failed = run_cli("up", environment=stack_environment(tmp_path / "file" / "home"))
    assert failed.returncode == Exit.FAILED
    assert "cannot be used" in failed.stderr
    assert "DESKHAND_HOME" in failed.stderr
