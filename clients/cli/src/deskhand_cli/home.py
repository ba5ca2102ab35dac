"""What the command line keeps in Deskhand's home: the lock of the running stack, its state, the logs.

stack.lock    held (flock) by `deskhand up` for as long as it lives, so it cannot be stale
stack.json    which processes run and where, written when the stack is ready (`StackState`)
api_key       made by the gateway
console.html  leads a browser to the console, with the key
logs/         one file a service
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from deskhand_contract.services import DEFAULT_PORTS
from deskhand_serving.settings import API_KEY_FILE
from deskhand_serving.stack import STATE_FILE, StackState, read_state_file

from .exits import CliError, Exit

LOCK_FILE = "stack.lock"
LOGS_FOLDER = "logs"


class AlreadyRunning(CliError):
    def __init__(self, home: Path, pid: int | None) -> None:
        state = read_state(home)
        where = f" at {state.base_url}" if state else " and is starting"
        super().__init__(
            f"Deskhand already runs{where} (process {pid or 'unknown'}, home {home}).",
            "Use it as it is, or stop it with Ctrl-C in its terminal"
            + (f" or `kill {pid}`." if pid else ".")
            + " Another DESKHAND_HOME can run beside it.",
            Exit.RUNS_ALREADY,
        )


@contextmanager
def stack_lock(home: Path) -> Iterator[None]:
    """Hold the home's lock. Raises AlreadyRunning, or CliError when the home cannot be written."""
    try:
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(home / LOCK_FILE, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise CliError(
            f"Deskhand's home {home} cannot be used: {error.strerror}.", "Set DESKHAND_HOME to a folder of yours."
        ) from error
    with os.fdopen(descriptor, "r+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyRunning(home, _pid(file.read())) from None
        file.truncate()
        file.write(f"{os.getpid()}\n")
        file.flush()
        yield


def running_pid(home: Path) -> int | None:
    """The process that holds the home's lock, None when nobody does."""
    try:
        with (home / LOCK_FILE).open("r+") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return _pid(file.read())
    except OSError:
        return None
    return None


def _pid(text: str) -> int | None:
    return int(text) if text.strip().isdecimal() else None


def write_state(home: Path, state: StackState) -> None:
    """Replace the state file as a whole: readers never see half of it."""
    draft = home / f".{STATE_FILE}.{os.getpid()}"
    draft.write_text(state.model_dump_json(indent=2) + "\n", encoding="utf-8")
    draft.replace(home / STATE_FILE)


def remove_state(home: Path) -> None:
    (home / STATE_FILE).unlink(missing_ok=True)


def read_state(home: Path) -> StackState | None:
    """The state of the stack that runs on this home; None when there is none, be a file left over from it or not."""
    return read_state_file(home) if running_pid(home) is not None else None


def base_url_of(home: Path, fallback_port: int = DEFAULT_PORTS["gateway"]) -> str:
    """Where the gateway is: the running stack's word, else the port that the settings name."""
    state = read_state(home)
    return state.base_url if state else f"http://127.0.0.1:{fallback_port}/v1"


def write_private(path: Path, text: str) -> None:
    """As a whole or not at all, and for the user's eyes only: there may be a key in it."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
    draft.replace(path)


def read_api_key(home: Path) -> str:
    """Raises CliError where there is no key yet, or it is somebody else's."""
    path = home / API_KEY_FILE
    try:
        return path.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        raise CliError(
            f"There is no API key in {home}: Deskhand has not run there yet.",
            "Start it with `deskhand up`, or set DESKHAND_HOME to the home that it runs on.",
            Exit.NOT_RUNNING,
        ) from None
    except OSError as error:
        raise CliError(
            f"The API key {path} cannot be read: {error.strerror}.",
            "It belongs to the user who runs Deskhand.",
            Exit.REFUSED,
        ) from error
