"""Reading what the scripts give, and writing dates as they take them."""

from __future__ import annotations

from datetime import datetime

from ...errors import ToolUnavailable, UndoRefused

MISSING = "missing value"
"""How AppleScript writes a property that has no value."""


def present(text: str) -> str:
    """A property as text, empty where it has no value."""
    return "" if text == MISSING else text


def exactly(fields: list[str], count: int, application: str) -> list[str]:
    """Raises ToolUnavailable when a script did not give what it always gives."""
    if len(fields) != count:
        raise ToolUnavailable(f"{application} gave {len(fields)} values where {count} were expected; please report it")
    return fields


def columns(fields: list[str], count: int, application: str) -> list[list[str]]:
    """ "2", a, b, c, d with two columns -> [a, b], [c, d]. Raises ToolUnavailable."""
    rows = int(fields[0]) if fields and fields[0].isdecimal() else -1
    exactly(fields, 1 + count * rows if rows >= 0 else 1 + count, application)
    return [fields[1 + rows * n : 1 + rows * (n + 1)] for n in range(count)]


def check_undone(fields: list[str], label: str, application: str) -> None:
    """Raises UndoRefused for what a script did not take back."""
    outcome = exactly(fields, 1, application)[0]
    if outcome == "gone":
        raise UndoRefused(f"{label} is not there any more, so there was nothing to undo")
    if outcome != "removed":
        raise UndoRefused(f"{label} has been changed since, so it was left as it is; change it in {application}")


def on_this_mac(moment: datetime) -> datetime:
    """A moment with a zone -> wall time of the Mac, whose zone AppleScript's dates are in."""
    return moment.astimezone().replace(tzinfo=None)


def components(moment: datetime) -> list[str]:
    """Year, month, day, hours, minutes, seconds: the scripts build dates from numbers, never from a locale's text."""
    return [str(n) for n in (moment.year, moment.month, moment.day, moment.hour, moment.minute, moment.second)]
