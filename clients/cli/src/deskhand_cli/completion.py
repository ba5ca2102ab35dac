"""`deskhand completion`: what a shell needs to complete commands, options and values."""

from __future__ import annotations

import os
from enum import StrEnum

from .exits import Exit


class Shell(StrEnum):
    BASH = "bash"
    ZSH = "zsh"
    FISH = "fish"


def run_completion(shell: Shell) -> Exit:
    """Print the shell's script. typer writes it; it calls `deskhand` with the same variable to complete a word."""
    from .main import app

    os.environ["_DESKHAND_COMPLETE"] = f"source_{shell}"
    try:
        app([], prog_name="deskhand")
    except SystemExit as ended:
        return Exit.DONE if not ended.code else Exit.FAILED
    return Exit.DONE
