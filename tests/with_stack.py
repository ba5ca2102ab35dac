"""Runs a command beside a stack on sample data: `python -m tests.with_stack npm test`.

The command finds DESKHAND_TEST_URL (with /v1), DESKHAND_TEST_KEY and DESKHAND_TEST_HOME in its environment. Ends with
its exit status.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from deskhand_cli.testing import running_stack

from tests.e2e.conftest import ENVIRONMENT, make_sample


def main(command: list[str]) -> int:
    if not command:
        sys.stderr.write("usage: python -m tests.with_stack COMMAND [ARGUMENT ...]\n")
        return 2
    with tempfile.TemporaryDirectory(prefix="deskhand-") as folder:
        home = Path(folder) / "home"
        make_sample(home)
        with running_stack(home, environment=ENVIRONMENT) as stack:
            where = {
                "DESKHAND_TEST_URL": stack.base_url,
                "DESKHAND_TEST_KEY": stack.api_key,
                "DESKHAND_TEST_HOME": str(home),
            }
            return subprocess.run(command, env=os.environ | where, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
