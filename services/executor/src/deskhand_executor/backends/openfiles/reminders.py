"""Reminders as iCalendar to-dos, which todoman and every task program read."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from deskhand_contract.services import Observation
from deskhand_contract.tools import CreateReminder
from icalendar import Alarm, Todo

from ...call import Call
from ...moments import read_moment
from ...phrasing import one_line, quoted, sentence_case, spoken_moment
from ...storage import CreatedFiles, read_undo, remove_created
from ...vdir import Collections, new_uid, open_collection
from ...zones import is_utc, normalise, vtimezone, written


class Reminders:
    def __init__(self, lists: Collections) -> None:
        self._lists = lists

    def create_reminder(self, arguments: CreateReminder, call: Call) -> Observation:
        name = sentence_case(one_line(arguments.name)) or "Reminder"
        due = _due(arguments, call)
        listing, made = open_collection(self._lists, arguments.list_name, "list")
        todo = _todo(arguments, call, name, due)
        zoned = isinstance(due, datetime) and not is_utc(call.zone)
        path = listing.write(*([vtimezone(call.zone, due.year)] if zoned and due else []), todo)
        text = f"Set the reminder {quoted(name)}"
        if due:
            text += f" for {spoken_moment(due, call.now)}"
        if arguments.list_name:
            new = "new " if made else ""
            text += f" on your {new}list {quoted(listing.name)}"
        undo = CreatedFiles.of(f"the reminder {quoted(name)}", path)
        return Observation(
            output=str(path),
            text=text,
            data={"path": str(path), "uid": str(todo["uid"]), "list": listing.name},
            undo=undo.model_dump(mode="json"),
        )

    def undo_create_reminder(self, undo: dict[str, Any]) -> Observation:
        record = read_undo(CreatedFiles, undo)
        remove_created(record, *(listing.folder for listing in self._lists.read()[0]))
        return Observation(output="", text=f"Removed {record.label}")


def _due(arguments: CreateReminder, call: Call) -> date | None:
    if not arguments.due_date.strip():
        return None
    due = read_moment(arguments.due_date)
    if not isinstance(due, datetime):
        return due
    return due.date() if arguments.all_day else normalise(due, call.zone)


def _todo(arguments: CreateReminder, call: Call, name: str, due: date | None) -> Todo:
    todo = Todo()
    todo.add("uid", new_uid())
    todo.add("dtstamp", call.instant)
    todo.add("created", call.instant)
    todo.add("last-modified", call.instant)
    todo.add("summary", name)
    todo.add("status", "NEEDS-ACTION")
    todo.add("percent-complete", 0)
    if arguments.priority:
        todo.add("priority", arguments.priority)
    if arguments.notes.strip():
        todo.add("description", arguments.notes.strip())
    if due:
        todo.add("due", written(due, call.zone) if isinstance(due, datetime) else due)
    if isinstance(due, datetime):
        alarm = Alarm()
        alarm.add("action", "DISPLAY")
        alarm.add("description", name)
        alarm.add("trigger", timedelta(), parameters={"RELATED": "END"})
        todo.add_component(alarm)
    return todo
