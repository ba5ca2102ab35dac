"""Running the AppleScript files beside this module, each of which is constant: all data goes by argv.

Every script takes a boundary and a timeout first. It gives its results as texts with the boundary between them, as the
parts of a MIME mail: the boundary is made anew for each call, so no name of a contact or line of a note can hold it.

macOS' errors, and what they become:

    -1743, -1744, -10004    NotPermitted      the user has to allow it in System Settings
    -1712                   ToolTimeout       whether it was done is not known
    -609                    ToolTimeout       the application went away while it worked
    -600, -10810, -10827    ToolUnavailable   it is not running and does not start
    -1728, -1719            NotFound          it no longer has what was looked for
    -27xx                   ToolUnavailable   the script does not fit this version of the application
    any other               ToolUnavailable   with macOS' own words
"""

from __future__ import annotations

import logging
import re
import shutil
import subprocess
import threading
from pathlib import Path
from secrets import token_hex

from ...errors import (
    ExecutorError,
    NotConfigured,
    NotFound,
    NotPermitted,
    ToolTimeout,
    ToolUnavailable,
    UnusableArgument,
)
from ...phrasing import one_line, shorten

logger = logging.getLogger(__name__)

SCRIPTS = Path(__file__).parent / "scripts"
APPLICATIONS = ("Contacts", "Calendar", "Mail", "Notes", "Reminders", "Messages")
MAX_ARGUMENT_BYTES = 100_000
"""Of one call, all arguments together; macOS allows a megabyte with the environment."""
MARGIN_S = 5.0
"""The script gives up so long before the process is killed, and that before the executor stops waiting."""
MIN_TIMEOUT_S = 2.0

_CODE = re.compile(r"\((-?\d+)\)\s*$")
_WORDS = re.compile(r"(?:execution|syntax) error: (?:\S+ got an error: )?(.*?)\s*(?:\(-?\d+\))?\s*$", re.DOTALL)
_NOT_PERMITTED = frozenset({-1743, -1744, -10004})
_NOT_RUNNING = frozenset({-600, -10810, -10827})
_NO_SUCH_OBJECT = frozenset({-1728, -1719})
_TIMED_OUT = -1712
_WENT_AWAY = -609
_DOES_NOT_COMPILE = range(-2799, -2699)


class Osascript:
    """One call at a time per application. Safe to use from several threads; blocks."""

    def __init__(self, timeout_s: float) -> None:
        """Raises NotConfigured where there is no osascript."""
        program = shutil.which("osascript")
        if program is None:
            raise NotConfigured(
                "the backend 'macos' needs osascript, which is not on this machine; "
                "set DESKHAND_EXECUTOR_BACKEND to openfiles"
            )
        self._program = program
        self._script_timeout_s = max(timeout_s - 2 * MARGIN_S, MIN_TIMEOUT_S)
        self._process_timeout_s = self._script_timeout_s + MARGIN_S
        self._locks = {application: threading.Lock() for application in APPLICATIONS}

    def run(self, script: str, *arguments: str) -> list[str]:
        """The results of `script`, a file's name without its suffix. Raises ExecutorError."""
        application = application_of(script)
        boundary = token_hex(16)
        given = [_passable(argument) for argument in arguments]
        if sum(len(argument.encode()) for argument in given) > MAX_ARGUMENT_BYTES:
            raise UnusableArgument(f"that is too long for {application}; shorten it")
        command = [self._program, str(SCRIPTS / f"{script}.applescript"), boundary, str(int(self._script_timeout_s))]
        with self._locks[application]:
            try:
                done = subprocess.run(
                    [*command, *given],
                    stdin=subprocess.DEVNULL,
                    capture_output=True,
                    timeout=self._process_timeout_s,
                    check=False,
                )
            except subprocess.TimeoutExpired:
                raise _timed_out(application, self._process_timeout_s) from None
            except OSError as error:
                raise ToolUnavailable(f"osascript cannot be run: {error.strerror}") from error
        if done.returncode != 0:
            raise self._failure(script, application, done.stderr.decode(errors="replace"))
        output = done.stdout.decode(errors="replace").removesuffix("\n")
        return output.split(boundary) if output else []

    def _failure(self, script: str, application: str, stderr: str) -> ExecutorError:
        match = _CODE.search(stderr.strip())
        code = int(match[1]) if match else None
        logger.warning("a script failed", extra={"script": script, "error_code": code})
        if code in _NOT_PERMITTED:
            return NotPermitted(
                f"macOS does not let Deskhand control {application}; allow it in System Settings, Privacy & Security, "
                f"Automation, and say it again",
                application=application,
            )
        if code == _TIMED_OUT:
            return _timed_out(application, self._script_timeout_s)
        if code == _WENT_AWAY:
            return ToolTimeout(f"{application} quit while it worked; look there whether it was done")
        if code in _NOT_RUNNING:
            return ToolUnavailable(f"{application} is not running and did not start; open it and say it again")
        words = _WORDS.search(stderr.strip())
        reason = shorten(one_line(words[1] if words else stderr), 200).rstrip(".") or "no reason given"
        if code in _NO_SUCH_OBJECT:
            return NotFound(f"{application} does not have that any more ({reason}); look there and say it again")
        if code is not None and code in _DOES_NOT_COMPILE:
            return ToolUnavailable(
                f"{application} of this macOS does not know what Deskhand's script {script} says ({reason}); "
                "please report it with your version of macOS"
            )
        return ToolUnavailable(f"{application} refuses: {reason}")


def application_of(script: str) -> str:
    """ "calendar_create" -> "Calendar"."""
    return script.partition("_")[0].capitalize()


def _passable(text: str) -> str:
    """A text as an argument of a process can be: without NUL, and nothing that is no Unicode."""
    return text.replace("\0", "").encode(errors="replace").decode()


def _timed_out(application: str, timeout_s: float) -> ToolTimeout:
    return ToolTimeout(f"{application} did not answer within {timeout_s:g} s; look there whether it was done")
