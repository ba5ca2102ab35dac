"""The examples in clients/curl, with jq and without."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from deskhand_serving.testing import free_port

from tests.clients.gateway import KEY, FakeGateway, node

EXAMPLES = Path(__file__).resolve().parents[2] / "clients" / "curl"
NEEDED = ("sh", "curl", "cat", "awk", "sed", "dirname", "uname")


class Shell:
    """Runs an example; `tools` is the PATH."""

    def __init__(self, url: str, key: str, tools: str) -> None:
        self.environment = {"PATH": tools, "HOME": "/nonexistent", "DESKHAND_URL": url, "DESKHAND_API_KEY": key}

    def __call__(self, example: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["/bin/sh", str(EXAMPLES / f"{example}.sh"), *arguments],
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture
def without_jq(tmp_path: Path) -> str:
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in NEEDED:
        os.symlink(shutil.which(name) or name, folder / name)
    return str(folder)


@pytest.fixture
def shell(gateway: FakeGateway) -> Shell:
    if not shutil.which("jq") and "CI" not in os.environ:
        pytest.skip("needs jq")
    return Shell(gateway.url, KEY, os.environ["PATH"])


HARD = 'say "no\\" to $(this)\n\tand `that` — Zoë'


def test_a_sentence_arrives_as_it_was_said(shell: Shell, gateway: FakeGateway, without_jq: str) -> None:
    shell("plan", HARD)
    shell.environment["PATH"] = without_jq
    done = shell("plan", HARD)
    assert done.returncode == 0, done.stderr
    assert [body["messages"][0]["content"] for _, body in gateway.asked] == [HARD, HARD]


def test_plan_shows_calls_and_carries_nothing_out(shell: Shell, gateway: FakeGateway) -> None:
    gateway.calls = [{"name": "send_sms", "arguments": '{"recipients": ["$1"]}'}]
    assert shell("plan", "text mom").stdout == '1. send_sms {"recipients": ["$1"]}\n'
    assert [body["model"] for _, body in gateway.asked] == ["deskhand-plan"]


def test_a_node_is_shown_before_the_run_ends(shell: Shell, gateway: FakeGateway) -> None:
    gateway.nodes = [node(1, "dispatched"), 0, node(1, "done")]
    process = subprocess.Popen(
        ["/bin/sh", str(EXAMPLES / "stream.sh"), "write a note"],
        env=shell.environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("dispatched  1. create_note")
        gateway.go_on.set()
        assert process.stdout.read().endswith("Wrote it.\n")


def test_a_recording_is_heard(shell: Shell, gateway: FakeGateway, tmp_path: Path) -> None:
    memo = tmp_path / 'a "memo"; 1.wav'
    memo.write_bytes(b"RIFF")
    assert shell("dictate", str(memo)).stdout == "open my notes\n"
    assert b"RIFF" in gateway.asked[0][1]


def test_runs_are_listed_and_shown(shell: Shell, gateway: FakeGateway) -> None:
    gateway.show("done", node(1, "done", text="Wrote “Note 1”.", undo="possible"))
    assert shell("runs").stdout == "run_1  done  write notes\n"
    assert "done  1. create_note  Wrote “Note 1”.  undo: possible" in shell("runs", "run_1").stdout


@pytest.mark.parametrize("verdict", ["approve", "deny", "undo"])
def test_nodes_are_decided_on(shell: Shell, gateway: FakeGateway, verdict: str) -> None:
    gateway.show_after("done", node(1, "done"))
    assert shell(verdict, "run_1", "2", "3").stdout == "done\nWrote it.\n"
    shell(verdict, "run_1")
    assert gateway.asked == [(f"POST /runs/run_1/{verdict}", {"nodes": [2, 3]}), (f"POST /runs/run_1/{verdict}", {})]


def test_what_is_refused_is_said_on_standard_error(shell: Shell, without_jq: str) -> None:
    for tools, said in ((shell.environment["PATH"], "Say it shorter.\n"), (without_jq, "Say it shorter.")):
        shell.environment["PATH"] = tools
        done = shell("do", "refuse")
        assert (done.returncode, done.stdout) == (22, "")
        assert said in done.stderr


def test_without_deskhand_or_its_key_it_says_how_to_start(shell: Shell) -> None:
    shell.environment["DESKHAND_URL"] = f"http://127.0.0.1:{free_port()}/v1"
    done = shell("do", "hello")
    assert done.returncode == 7
    assert "deskhand up" in done.stderr
    del shell.environment["DESKHAND_API_KEY"]
    done = shell("do", "hello")
    assert done.returncode == 4
    assert "There is no API key in /nonexistent" in done.stderr


def test_the_key_is_read_from_the_home(shell: Shell, tmp_path: Path) -> None:
    del shell.environment["DESKHAND_API_KEY"]
    shell.environment["DESKHAND_HOME"] = str(tmp_path)
    (tmp_path / "api_key").write_text(KEY + "\n")
    assert shell("do", "write a note").stdout == "Wrote it.\n"


@pytest.mark.parametrize("example", sorted(path.stem for path in EXAMPLES.glob("*.sh") if path.stem != "deskhand"))
def test_an_example_says_how_it_is_called(shell: Shell, example: str, gateway: FakeGateway) -> None:
    assert os.access(EXAMPLES / f"{example}.sh", os.X_OK)
    done = shell(example)
    if example != "runs":
        assert done.returncode == 2
        assert done.stderr.startswith(f"usage: {example}.sh ")
        assert gateway.asked == []
