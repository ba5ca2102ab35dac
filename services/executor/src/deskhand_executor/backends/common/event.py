"""What every backend reads of an event that is asked for, besides from when to when it is."""

from __future__ import annotations

from deskhand_contract.tools import CreateCalendarEvent

from ...phrasing import one_line, sentence_case


def title_for(arguments: CreateCalendarEvent) -> str:
    return sentence_case(one_line(arguments.title)) or "Event"


def link_of(arguments: CreateCalendarEvent) -> str:
    """A place that is an address of the web and nothing else; else empty."""
    place = arguments.location.strip()
    return place if place.startswith(("https://", "http://")) and len(place.split()) == 1 else ""


def spoken_calendar(name: str, arguments: CreateCalendarEvent) -> str:
    """What follows "in your": the calendar's name only where the user named one."""
    if not arguments.calendar:
        return "calendar"
    return name if "calendar" in name.casefold() else f"{name} calendar"
