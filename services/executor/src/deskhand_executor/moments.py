"""Dates as the contract writes them."""

from __future__ import annotations

from datetime import date, datetime

from .errors import UnusableArgument
from .phrasing import quoted

YEARS = range(1900, 2200)


def read_moment(text: str) -> date:
    """ "YYYY-MM-DD" -> date, "YYYY-MM-DD HH:MM:SS" -> datetime without a zone. Raises UnusableArgument."""
    text = text.strip()
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.year not in YEARS or moment.tzinfo is not None:
        raise UnusableArgument(f"{quoted(text)} is no date; give one such as 2026-03-12 or 2026-03-12 15:00:00")
    return moment if len(text) > len("2026-03-12") else moment.date()
