"""Exit codes of the command line, and the one error that its commands end with."""

from __future__ import annotations

from enum import IntEnum


class Exit(IntEnum):
    """What a script can rely on. `deskhand do --help` lists them."""

    DONE = 0
    NODE_FAILED = 1
    PROBLEM = 1  # what the doctor found
    USAGE = 2
    NOTHING_TO_DO = 3
    NOT_RUNNING = 4
    REFUSED = 5
    FAILED = 6
    RUNS_ALREADY = 7
    NEEDS_APPROVAL = 8
    INTERRUPTED = 130


class CliError(Exception):
    """Ends a command: `message` says what is wrong, `way_out` what to do; both are for people."""

    def __init__(self, message: str, way_out: str = "", exit: Exit = Exit.FAILED) -> None:
        super().__init__(message)
        self.message = message
        self.way_out = way_out
        self.exit = exit
