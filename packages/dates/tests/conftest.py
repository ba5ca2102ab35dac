"""Tables of phrases. `@pytest.mark.phrases(text)` runs a test once a line of `text`:

@2026-03-11T09:30                             the clock for the lines below (a Wednesday)
friday at 3 -> 2026-03-13 15:00
until 4 << friday at 3 -> 2026-03-13 16:00    what follows << is the start
soon -> !                                     raises UnresolvableDate
"""

from __future__ import annotations

from datetime import datetime

import pytest

WEDNESDAY = datetime(2026, 3, 11, 9, 30)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "phrases(text): a table of phrases and what they resolve to")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    marker = metafunc.definition.get_closest_marker("phrases")
    if marker is None:
        return
    now = WEDNESDAY
    rows: list[tuple[datetime, str, str | None, str]] = []
    for line in filter(None, map(str.strip, marker.args[0].splitlines())):
        if line.startswith("@2"):
            now = datetime.fromisoformat(line[1:])
            continue
        left, want = line.rsplit(" -> ", 1)
        phrase, _, start = left.partition(" << ")
        rows.append((now, phrase, start or None, f"{want}:00" if len(want) == 16 else want))
    metafunc.parametrize(("now", "phrase", "start", "want"), rows, ids=[f"{row[0]:%d%b}-{row[1]}" for row in rows])
