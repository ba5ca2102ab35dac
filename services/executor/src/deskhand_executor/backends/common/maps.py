"""Places and directions as links, opened where there is a desktop."""

from __future__ import annotations

from deskhand_contract.services import Observation
from deskhand_contract.tools import MapsOpenLocation, MapsShowDirections

from ...call import Call
from ...desktop import Open
from ...errors import UnusableArgument
from ...map_links import Provider, directions_link, place_link
from ...phrasing import one_line, shorten

_MEANS = {"d": "driving", "w": "walking", "r": "public transport"}


class Maps:
    def __init__(self, provider: Provider, open: Open) -> None:
        self._provider: Provider = provider
        self._open = open

    def maps_open_location(self, arguments: MapsOpenLocation, call: Call) -> Observation:
        place = _place(arguments.location)
        link = place_link(place, self._provider)
        shown = self._open(link)
        text = f"Opened the map at {shorten(place)}" if shown else f"Here is {shorten(place)} on the map: {link}"
        return Observation(output=link, text=text, data={"url": link, "opened": shown})

    def maps_show_directions(self, arguments: MapsShowDirections, call: Call) -> Observation:
        start, end = one_line(arguments.start_location), _place(arguments.end_location)
        link = directions_link(start, end, arguments.transport, self._provider)
        shown = self._open(link)
        origin = f"from {shorten(start)} " if start else ""
        route = f"{_MEANS[arguments.transport]} directions {origin}to {shorten(end)}"
        text = f"Opened the {route}" if shown else f"Here are the {route}: {link}"
        if self._provider == "osm" and arguments.transport == "r":
            text += " (OpenStreetMap knows no timetables; it asks how you travel)"
        return Observation(output=link, text=text, data={"url": link, "opened": shown})


def _place(text: str) -> str:
    place = one_line(text)
    if not place:
        raise UnusableArgument("no place is named; say where")
    return place
