"""python -m deskhand_executor.sample HOME"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from . import write_sample_home

EXIT_USAGE = 64  # EX_USAGE


def main(argv: Sequence[str]) -> int:
    if len(argv) != 1 or argv[0].startswith("-"):
        sys.stderr.write("usage: python -m deskhand_executor.sample HOME\n")
        return EXIT_USAGE
    home = Path(argv[0]).expanduser()
    try:
        write_sample_home(home)
    except OSError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(f"{home} is a home now; use it with DESKHAND_HOME={home.absolute()}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
