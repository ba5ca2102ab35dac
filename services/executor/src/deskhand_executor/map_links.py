"""Links to maps."""

from __future__ import annotations

from typing import Literal
from urllib.parse import quote, urlencode

Provider = Literal["apple", "osm"]

_APPLE = "https://maps.apple.com/"
_OSM = "https://www.openstreetmap.org"
_OSM_ENGINES = {"d": "fossgis_osrm_car", "w": "fossgis_osrm_foot"}


def place_link(place: str, provider: Provider) -> str:
    if provider == "apple":
        return f"{_APPLE}?{_query(q=place)}"
    return f"{_OSM}/search?{_query(query=place)}"


def directions_link(start: str, end: str, transport: str, provider: Provider) -> str:
    """`transport` d, w or r; without a start from where the reader is. OpenStreetMap has no public transport, so its
    link for r only has the two places."""
    if provider == "apple":
        return f"{_APPLE}?{_query(saddr=start, daddr=end, dirflg=transport)}"
    return f"{_OSM}/directions?{_query(engine=_OSM_ENGINES.get(transport, ''), **{'from': start}, to=end)}"


def _query(**values: str) -> str:
    return urlencode({key: value for key, value in values.items() if value}, quote_via=quote)
