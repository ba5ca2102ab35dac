"""Date and time phrases of a sentence -> ISO, against the speaker's local wall clock. Conventions: README.md."""

from .errors import DateError, UnresolvableDate
from .resolve import Role, is_range, parse_duration, resolve, resolve_iso, whole_phrase

__all__ = [
    "DateError",
    "Role",
    "UnresolvableDate",
    "is_range",
    "parse_duration",
    "resolve",
    "resolve_iso",
    "whole_phrase",
]
