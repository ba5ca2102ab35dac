"""How long look-ups take among many contacts.

    python services/executor/bench/contacts.py [COUNT]

Prints JSON: reading all cards, refreshing when nothing or one card changed, and look-ups of each kind (milliseconds).
"""

from __future__ import annotations

import json
import platform
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from deskhand_executor.contact_book import SETTLED_NS, ContactBook

COUNT = 10_000
ROUNDS = 20
_WORDS = "ka lo mi ra ne su ti vo ze ba do fe gu ha jo ly pe qui sha tho wen xi yu"
_SYLLABLES = _WORDS.split()


def main(argv: Sequence[str]) -> int:
    count = int(argv[0]) if argv else COUNT
    with tempfile.TemporaryDirectory() as folder:
        result = measure(Path(folder), count)
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
    machine = f"{platform.machine()} {platform.python_version()}"
    sys.stdout.write(
        json.dumps({"machine": machine, "commit": commit.stdout.strip() or None, **result}, indent=2) + "\n"
    )
    return 0


def measure(folder: Path, count: int) -> dict[str, object]:
    chance = random.Random(7)  # noqa: S311
    for number in range(count):
        _write(folder, number, _name(chance), _name(chance))
    _write(folder, count, "Zoë", "Lindqvist-Åberg")
    book = ContactBook(lambda: [folder])
    cold_ms = _timed(book.refresh)
    unchanged_ms = statistics.median(_timed(book.refresh) for _ in range(ROUNDS))
    _write(folder, count + 1, "New", "Comer")
    one_changed_ms = _timed(book.refresh)
    time.sleep(2 * SETTLED_NS / 1e9)  # from here on the folder's time of change counts
    book.refresh()
    return {
        "contacts": count,
        "read_all_ms": round(cold_ms),
        "refresh_unchanged_ms": round(unchanged_ms, 1),
        "refresh_one_changed_ms": round(one_changed_ms, 1),
        "lookups_ms": {
            name: _lookup(book, name)
            for name in (
                "Zoe Lindqvist Aberg",
                "zoë",
                "Lindqvist-Åberg, Zoë",
                "Zoe Lindqvst Aberg",
                "Lindq",
                "nobody at all",
            )
        },
    }


def _lookup(book: ContactBook, name: str) -> dict[str, float]:
    times = sorted(_timed(lambda: book.find(name)) for _ in range(ROUNDS))
    return {"p50": round(times[ROUNDS // 2], 2), "max": round(times[-1], 2)}


def _name(chance: random.Random) -> str:
    return "".join(chance.choices(_SYLLABLES, k=chance.randint(2, 4))).capitalize()


def _write(folder: Path, number: int, given: str, family: str) -> None:
    card = (
        f"BEGIN:VCARD\r\nVERSION:3.0\r\nUID:{number}\r\nFN:{given} {family}\r\nN:{family};{given};;;\r\n"
        f"ORG:Firm {number % 500}\r\nTEL;TYPE=CELL:+1555{number:07d}\r\nEMAIL:{number}@example.org\r\nEND:VCARD\r\n"
    )
    (folder / f"{number}.vcf").write_text(card, encoding="utf-8")


def _timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1000


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
