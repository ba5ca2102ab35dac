"""A stack of its own on a home of its own, as `deskhand up` runs it: for tests, benchmarks and the demonstration."""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from deskhand_serving.stack import StackState

from .home import read_api_key, read_state
from .up import READY

START_TIMEOUT_S = 90.0
STOP_TIMEOUT_S = 30.0


StackStarter = Callable[..., AbstractContextManager["RunningStack"]]
"""What test fixtures give that start a stack in a way of their own."""


class NotStarted(RuntimeError):
    """`deskhand up` ended before the stack was ready; the text is what it said, `code` its exit status."""

    def __init__(self, code: int, said: str) -> None:
        super().__init__(f"deskhand up ended with {code}: {said}")
        self.code = code
        self.said = said


@dataclass
class RunningStack:
    """A started `deskhand up`. `said` fills with its lines after the announcement."""

    home: Path
    process: subprocess.Popen[str]
    environment: Mapping[str, str]
    said: queue.Queue[str | None] = field(default_factory=lambda: queue.Queue[str | None]())

    @property
    def state(self) -> StackState:
        state = read_state(self.home)
        if state is None:
            raise RuntimeError("the stack does not run")
        return state

    @property
    def base_url(self) -> str:
        return self.state.base_url

    @property
    def api_key(self) -> str:
        return read_api_key(self.home)

    def wait_for(self, words: str, timeout_s: float = START_TIMEOUT_S) -> str:
        """The next line with these words in it. Raises TimeoutError."""
        while True:
            try:
                line = self.said.get(timeout=timeout_s)
            except queue.Empty:
                raise TimeoutError(f"deskhand up did not say {words!r}") from None
            if line is None:
                raise TimeoutError(f"deskhand up ended without saying {words!r}")
            if words in line:
                return line

    def cli(self, *arguments: str, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
        """Run `deskhand ...` on the stack's home."""
        return run_cli(*arguments, environment=self.environment, stdin=stdin)

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Stop it as a user does; its exit status."""
        self.process.send_signal(number)
        return self.process.wait(STOP_TIMEOUT_S)


def run_cli(
    *arguments: str, environment: Mapping[str, str], stdin: str | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "deskhand_cli", *arguments],
        capture_output=True,
        text=True,
        env=dict(environment),
        input=stdin or "",
        timeout=START_TIMEOUT_S,
        check=False,
    )


def stack_environment(home: Path, more: Mapping[str, str] | None = None) -> dict[str, str]:
    """This process's environment without settings of Deskhand's, and with the given home."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("DESKHAND_") or name == "DESKHAND_MODELS"
    }
    return kept | {"DESKHAND_HOME": str(home)} | dict(more or {})


@contextmanager
def running_stack(
    home: Path, *, environment: Mapping[str, str] | None = None, arguments: Sequence[str] = ("--port", "0")
) -> Iterator[RunningStack]:
    """Start `deskhand up` and give it when it is ready; stop it afterwards. Raises NotStarted."""
    given = stack_environment(home, environment)
    process = subprocess.Popen(
        [sys.executable, "-m", "deskhand_cli", "up", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=given,
    )
    stack = RunningStack(home, process, given)
    reader = threading.Thread(target=_read, args=(process, stack.said), name="deskhand-up", daemon=True)
    reader.start()
    try:
        _until_ready(stack)
        yield stack
    finally:
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(STOP_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        reader.join(STOP_TIMEOUT_S)
        assert process.stdout is not None
        process.stdout.close()


def _read(process: subprocess.Popen[str], said: queue.Queue[str | None]) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        said.put(line.rstrip("\n"))
    said.put(None)


def _until_ready(stack: RunningStack) -> None:
    lines: list[str] = []
    while True:
        try:
            line = stack.said.get(timeout=START_TIMEOUT_S)
        except queue.Empty:
            raise NotStarted(0, "\n".join([*lines, "it is still starting"])) from None
        if line is None:
            raise NotStarted(stack.process.wait(STOP_TIMEOUT_S), "\n".join(lines))
        lines.append(line)
        if line.startswith(READY):
            return
