"""Reminders in the Reminders application."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

from deskhand_contract.services import Observation
from deskhand_contract.tools import CreateReminder

from ...call import Call
from ...moments import read_moment
from ...phrasing import one_line, quoted, sentence_case, spoken_moment
from ...storage import Undo, read_undo
from ...zones import normalise
from .fields import check_undone, components, exactly, on_this_mac
from .named import choose
from .osascript import Osascript

_ANY_DATE = datetime(2000, 1, 1)
"""What the script is given, and does not use, for a reminder without a date."""


class ReminderUndo(Undo):
    id: str
    fingerprint: str


class MacReminders:
    def __init__(self, osascript: Osascript, default: str) -> None:
        self._osascript = osascript
        self._default = default

    def create_reminder(self, arguments: CreateReminder, call: Call) -> Observation:
        name = sentence_case(one_line(arguments.name)) or "Reminder"
        due = _due(arguments)
        listing = self._list(arguments.list_name)
        if isinstance(due, datetime):
            kind, moment = "time", on_this_mac(normalise(due, call.zone))
        else:
            kind, moment = ("day", datetime.combine(due, time())) if due else ("none", _ANY_DATE)
        reminder, fingerprint = exactly(
            self._osascript.run(
                "reminders_create",
                listing,
                name,
                arguments.notes.strip(),
                str(arguments.priority),
                kind,
                *components(moment),
            ),
            2,
            "Reminders",
        )
        text = f"Set the reminder {quoted(name)}"
        if due:
            text += f" for {spoken_moment(due, call.now)}"
        if arguments.list_name:
            text += f" on your list {quoted(listing)}"
        label = f"the reminder {quoted(name)}"
        return Observation(
            output=reminder or name,
            text=text,
            data={"id": reminder, "list": listing},
            undo=(
                ReminderUndo(label=label, id=reminder, fingerprint=fingerprint).model_dump()
                if reminder and fingerprint
                else None
            ),
        )

    def undo_create_reminder(self, undo: dict[str, Any]) -> Observation:
        record = read_undo(ReminderUndo, undo)
        check_undone(self._osascript.run("reminders_undo", record.id, record.fingerprint), record.label, "Reminders")
        return Observation(output="", text=f"Removed {record.label}")

    def _list(self, asked: str) -> str:
        """The list meant; without a name the one of the settings where there is such a list, else Reminders' own
        default."""
        own_default, *names = self._osascript.run("reminders_lists")
        first = [own_default, *[name for name in names if name != own_default]]
        return choose(asked, self._default, first, "list", "lists")


def _due(arguments: CreateReminder) -> date | None:
    if not arguments.due_date.strip():
        return None
    due = read_moment(arguments.due_date)
    return due.date() if arguments.all_day and isinstance(due, datetime) else due
