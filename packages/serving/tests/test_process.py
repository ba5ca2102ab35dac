"""The entry point as a real process."""

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from deskhand_serving.process import listen
from deskhand_serving.testing import free_port

WAIT_S = 30.0

SERVICE = """
import os, sys
from contextlib import asynccontextmanager
from deskhand_serving.app import create_service
from deskhand_serving.errors import ServiceFailure
from deskhand_serving.run import serve
from deskhand_serving.settings import ServiceSettings

class DemoSettings(ServiceSettings, service="demo"):
    model: str = "there"

def create_app(settings):
    @asynccontextmanager
    async def lifespan(app):
        if settings.model == "missing":
            raise ServiceFailure.of("model_unavailable", "the model is missing; get it")
        if settings.model == "bug":
            raise RuntimeError("a bug")
        yield

    return create_service(settings, lifespan=lifespan)

sys.exit(serve(DemoSettings, create_app))
"""

PARENT = """
import os, subprocess, sys
read, write = os.pipe()
child = subprocess.Popen([sys.executable, sys.argv[1]], pass_fds=[read],
                         env={**os.environ, "DESKHAND_LIFELINE_FD": str(read)}, stderr=sys.stderr)
os.close(read)
print(child.pid, flush=True)
child.wait()
"""


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "service.py"
    path.write_text(SERVICE)
    return path


def environment(tmp_path: Path, **values: object) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("DESKHAND_")}
    return {**kept, "DESKHAND_HOME": str(tmp_path)} | {name: str(value) for name, value in values.items()}


def run(script: Path, *arguments: str, **values: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(script), *arguments],
        env=environment(script.parent, **values),
        capture_output=True,
        text=True,
        timeout=WAIT_S,
    )


@contextmanager
def started(*command: str, env: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(command, env=env, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def until_logged(process: subprocess.Popen[str], message: str) -> None:
    assert process.stderr is not None
    for line in process.stderr:
        if json.loads(line)["message"].startswith(message):
            return
    pytest.fail(f"the process ended without {message!r}")


def test_a_port_in_use_is_exit_status_75_and_one_line(script):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        ended = run(script, DESKHAND_DEMO_PORT=port)
    assert ended.returncode == 75
    assert ended.stderr.splitlines() == [
        f"deskhand demo: cannot listen on 127.0.0.1:{port}: Address already in use; set DESKHAND_DEMO_PORT"
    ]


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"DESKHAND_DEMO_PORT": "many"}, "deskhand demo: the setting port: "),
        ({"DESKHAND_LIFELINE_FD": "77"}, "deskhand demo: settings: DESKHAND_LIFELINE_FD=77 is not an open pipe"),
        ({"DESKHAND_LIFELINE_FD": "x"}, "deskhand demo: settings: DESKHAND_LIFELINE_FD=x is not an open pipe"),
    ],
)
def test_a_wrong_setting_is_exit_status_78_and_one_line(script, values, said):
    ended = run(script, **values)
    assert ended.returncode == 78
    (line,) = ended.stderr.splitlines()
    assert line.startswith(said)


def test_a_config_file_that_is_no_toml_is_exit_status_78(script):
    (script.parent / "config.toml").write_text("[demo")
    ended = run(script)
    assert ended.returncode == 78
    assert str(script.parent / "config.toml") in ended.stderr.splitlines()[-1]


def test_a_missing_model_is_exit_status_78_and_no_traceback(script):
    ended = run(script, DESKHAND_DEMO_MODEL="missing")
    assert ended.returncode == 78
    assert ended.stderr.splitlines()[-1] == "deskhand demo: the model is missing; get it"
    assert "Traceback" not in ended.stderr


def test_a_bug_at_the_start_leaves_its_traceback(script):
    ended = run(script, DESKHAND_DEMO_MODEL="bug")
    assert ended.returncode == 1
    assert "Traceback" in ended.stderr
    assert ended.stderr.splitlines()[-1] == "deskhand demo: a bug"


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_a_service_serves_until_it_is_told_to_stop(script, how):
    port = free_port()
    env = environment(script.parent, DESKHAND_DEMO_PORT=port)
    with started(sys.executable, str(script), env=env) as process:
        until_logged(process, "Application startup complete")
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=WAIT_S) as answer:
            assert json.load(answer) == {"service": "demo", "ready": True, "detail": ""}
        process.send_signal(how)
        _, said = process.communicate(timeout=WAIT_S)
    assert process.returncode in (0, -how)
    assert "Traceback" not in said
    assert "Application shutdown complete" in said


def test_a_child_does_not_outlive_a_parent_killed_with_9(script):
    parent = script.parent / "parent.py"
    parent.write_text(PARENT)
    port = free_port()
    env = environment(script.parent, DESKHAND_DEMO_PORT=port)
    with started(sys.executable, str(parent), str(script), env=env) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        child = int(process.stdout.readline())
        until_logged(process, "Application startup complete")
        os.kill(child, 0)
        process.kill()
        assert process.stderr.read() is not None  # the child holds the other end: this ends when it does
    with pytest.raises(OSError, match="refused"), socket.create_connection(("127.0.0.1", port), timeout=WAIT_S):
        pass


def test_a_service_shows_its_settings_and_serves_nothing(script):
    ended = run(script, "--settings", DESKHAND_DEMO_MODEL="mine")
    assert ended.returncode == 0
    shown = {entry["name"]: entry for entry in json.loads(ended.stdout)}
    assert shown["model"]["value"] == "mine"
    assert shown["model"]["source"] == "environment"


def test_a_service_serves_the_socket_that_its_parent_has_opened(script: Path) -> None:
    with listen("127.0.0.1", 0) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/healthz"
        for _ in range(2):  # the socket outlives the first service; the request is sent before the second listens
            child = subprocess.Popen(
                [sys.executable, str(script)],
                env=environment(script.parent, DESKHAND_LISTEN_FD=listener.fileno()),
                pass_fds=[listener.fileno()],
                stderr=subprocess.DEVNULL,
            )
            try:
                with urllib.request.urlopen(url, timeout=WAIT_S) as answer:
                    assert json.load(answer)["ready"]
            finally:
                child.kill()
                child.wait(WAIT_S)


def test_a_listening_socket_that_is_none_is_a_wrong_setting(script: Path) -> None:
    done = run(script, DESKHAND_LISTEN_FD="987")
    assert done.returncode == 78
    assert "DESKHAND_LISTEN_FD=987 is not an open socket" in done.stderr
