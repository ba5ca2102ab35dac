"""The real services as processes: who outlives whom, and what is said when one is gone."""

from __future__ import annotations

import signal
import stat
from pathlib import Path

import httpx
import psutil
import pytest
from deskhand_cli.exits import Exit
from deskhand_cli.testing import NotStarted, RunningStack, StackStarter


def ask(stack: RunningStack, key: str | None = None) -> httpx.Response:
    return httpx.post(
        f"{stack.base_url}/chat/completions",
        json={"model": "deskhand", "messages": [{"role": "user", "content": "make a note called Tea saying green"}]},
        headers={"Authorization": f"Bearer {key or stack.api_key}"},
        timeout=60,
        trust_env=False,
    )


def processes(stack: RunningStack) -> list[psutil.Process]:
    return [psutil.Process(service.pid) for service in stack.state.services.values() if service.pid]


def kill(stack: RunningStack, service: str) -> None:
    """Kill a service, and return when it is dead."""
    process = psutil.Process(stack.state.services[service].pid)
    process.kill()
    psutil.wait_procs([process], timeout=20)


def test_no_service_outlives_a_killed_supervisor(own_stack: StackStarter) -> None:
    with own_stack() as stack:
        started = processes(stack)
        assert len(started) == 5
        stack.stop(signal.SIGKILL)
        assert psutil.wait_procs(started, timeout=20)[1] == []


def test_a_stopped_stack_leaves_no_process_and_its_data(own_stack: StackStarter) -> None:
    with own_stack() as stack:
        started = processes(stack)
        assert ask(stack).status_code == 200
        assert stack.stop() == Exit.DONE
        assert psutil.wait_procs(started, timeout=20)[1] == []
        assert len(list((stack.home / "notes").rglob("Tea.md"))) == 1


@pytest.mark.parametrize("service", ["planner", "executor", "toolrag"])
def test_a_request_waits_for_a_killed_service_to_be_back(own_stack: StackStarter, service: str) -> None:
    with own_stack() as stack:
        kill(stack, service)
        answer = ask(stack)
        assert answer.status_code == 200
        assert [update["status"] for update in answer.json()["x_plan"]] == ["dispatched", "done"]
        stack.wait_for(f"The {service} died (ended by SIGKILL")
        stack.wait_for(f"The {service} is back")


def test_a_killed_gateway_is_back_with_the_same_address_and_key(own_stack: StackStarter) -> None:
    with own_stack() as stack:
        key = stack.api_key
        kill(stack, "gateway")
        assert ask(stack, key).status_code == 200


def test_the_stack_serves_without_voice_and_says_so(own_stack: StackStarter, tmp_path: Path) -> None:
    with own_stack({"DESKHAND_STT_COMPUTE_TYPE": "nonsense"}) as stack:
        stack.wait_for("Without   voice (stt): the setting compute_type")
        assert ask(stack).status_code == 200
        (tmp_path / "memo.wav").write_bytes(b"RIFF")
        heard = stack.cli("listen", str(tmp_path / "memo.wav"))
        assert heard.returncode == Exit.FAILED
        assert "the service stt does not answer" in heard.stderr


def test_a_missing_planner_model_ends_the_start_with_its_folder_named(own_stack: StackStarter, tmp_path: Path) -> None:
    nowhere = tmp_path / "nowhere"
    with pytest.raises(NotStarted) as failed, own_stack({"DESKHAND_PLANNER_MODEL_PATH": str(nowhere)}):
        pass
    assert failed.value.code == Exit.FAILED
    assert "The planner cannot start" in failed.value.said
    assert str(nowhere) in failed.value.said
    assert "Traceback" not in failed.value.said


def test_a_second_start_says_that_it_runs_already(stack: RunningStack) -> None:
    second = stack.cli("up")
    assert second.returncode == Exit.RUNS_ALREADY
    assert stack.base_url in second.stderr


def test_the_key_is_for_its_owner_only(stack: RunningStack) -> None:
    assert stat.S_IMODE((stack.home / "api_key").stat().st_mode) == 0o600
    assert ask(stack, key="dk-guessed").status_code == 401


def test_the_services_behind_the_gateway_take_nobody_elses_calls(stack: RunningStack) -> None:
    for name, path in (
        ("toolrag", "/classify"),
        ("planner", "/plan"),
        ("executor", "/execute"),
        ("stt", "/transcribe"),
    ):
        answer = httpx.post(f"{stack.state.services[name].url}{path}", json={}, trust_env=False)
        assert answer.status_code == 401, name
        assert httpx.get(f"{stack.state.services[name].url}/healthz", trust_env=False).status_code == 200


def test_services_listen_on_the_loopback_interface_only(stack: RunningStack) -> None:
    for process in processes(stack):
        listening = [c for c in process.net_connections("tcp") if c.status == psutil.CONN_LISTEN]
        assert listening
        assert all(connection.laddr.ip == "127.0.0.1" for connection in listening)
