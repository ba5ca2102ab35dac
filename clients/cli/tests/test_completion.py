"""`deskhand completion`: each shell itself completes a word with what it prints."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from deskhand_cli.exits import Exit
from deskhand_cli.testing import run_cli, stack_environment

ASK = {
    "bash": """
        source <(deskhand completion bash)
        COMP_WORDS=(deskhand mod) COMP_CWORD=1
        _deskhand_completion deskhand
        printf '%s\\n' "${COMPREPLY[@]}"
    """,
    "zsh": """
        compdef() { completer=$1 }
        _arguments() { printf '%s\\n' "$@" }
        words=(deskhand mod) CURRENT=2
        source <(deskhand completion zsh)
        $completer
    """,
    "fish": """
        deskhand completion fish | source
        complete --do-complete 'deskhand mod'
    """,
}


@pytest.mark.parametrize("shell", ASK)
def test_a_shell_completes_a_command(shell: str, tmp_path: Path) -> None:
    program = shutil.which(shell)
    if program is None:
        pytest.skip(f"there is no {shell} here")
    scripts = str(Path(sys.executable).parent)
    environment = stack_environment(tmp_path) | {"PATH": f"{scripts}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(
        [program, "-c", ASK[shell]],
        env=environment | {"HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "models" in done.stdout, done.stderr
    assert "config" not in done.stdout


def test_another_shell_is_wrong_usage_and_the_known_ones_are_named(tmp_path: Path) -> None:
    done = run_cli("completion", "tcsh", environment=stack_environment(tmp_path))
    assert done.returncode == Exit.USAGE
    assert "fish" in done.stderr
