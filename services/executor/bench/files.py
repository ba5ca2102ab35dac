"""How long finding a file takes in a big home.

    python services/executor/bench/files.py [FILES] [FOLDERS] [PLACE]

Prints JSON: indexing all, opening the index again, look-ups when nothing or one folder changed, and those that find
nothing (milliseconds); the size of the index and the growth of the process (MB).
"""

from __future__ import annotations

import contextlib
import json
import platform
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from deskhand_executor.errors import ExecutorError
from deskhand_executor.file_search import FileSearch

FILES, FOLDERS = 200_000, 20_000
ROUNDS = 9
_WORDS = "report budget lease invoice draft photo scan minutes plan offer contract summary notes slides table letter"


def main(argv: Sequence[str]) -> int:
    files, folders = (int(argv[0]) if argv else FILES), (int(argv[1]) if len(argv) > 1 else FOLDERS)
    with tempfile.TemporaryDirectory(dir=argv[2] if len(argv) > 2 else None) as folder:
        result = measure(Path(folder), files, folders)
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
    machine = f"{platform.machine()} {platform.python_version()}"
    sys.stdout.write(
        json.dumps({"machine": machine, "commit": commit.stdout.strip() or None, **result}, indent=2) + "\n"
    )
    return 0


def measure(place: Path, files: int, folders: int) -> dict[str, object]:
    root, index = place / "home", place / "index.sqlite3"
    made = _fill(root, files, folders)
    (made[-1] / "Lease Kastanienallee.pdf").touch()
    time.sleep(0.2)  # so that the folders' times are old enough to be trusted
    before_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    search = FileSearch([root], index)
    first_ms = _timed(search.warm_up)
    search.close()
    search = FileSearch([root], index)
    reopened_ms = _timed(search.warm_up)
    unchanged_ms = _median(lambda: search.locate("lease kastanienallee"))
    (made[0] / "Brand new offer.pdf").touch()
    one_changed_ms = _timed(lambda: search.locate("brand new offer"))
    mistyped_ms = _median(lambda: search.locate("lease kastanienalee"))
    nothing_ms = _median(lambda: search.locate("zebra crossing"))
    grown_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before_kb
    search.close()
    return {
        "files": files,
        "folders": folders,
        "index_all_ms": first_ms,
        "open_again_ms": reopened_ms,
        "lookup_ms": unchanged_ms,
        "lookup_one_folder_changed_ms": one_changed_ms,
        "lookup_mistyped_ms": mistyped_ms,
        "lookup_nothing_ms": nothing_ms,
        "index_mb": round(index.stat().st_size / 1e6, 1),
        "grown_mb": round(grown_kb / 1e3, 1),
    }


def _fill(root: Path, files: int, folders: int) -> list[Path]:
    chance = random.Random(7)  # noqa: S311
    words = _WORDS.split()
    made = [root]
    root.mkdir()
    for number in range(folders - 1):
        folder = chance.choice(made[-200:]) / f"{chance.choice(words)} {number}"
        if len(str(folder)) < 600:
            folder.mkdir()
            made.append(folder)
    for number in range(files):
        name = f"{chance.choice(words)}_{chance.choice(words)}_{number}.{chance.choice(('pdf', 'txt', 'jpg'))}"
        (made[number % len(made)] / name).touch()
    return made


def _timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    with contextlib.suppress(ExecutorError):
        work()
    return round((time.perf_counter() - start) * 1000, 1)


def _median(work: Callable[[], object]) -> float:
    return statistics.median(_timed(work) for _ in range(ROUNDS))


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
