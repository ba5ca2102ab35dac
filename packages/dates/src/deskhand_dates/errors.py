"""Errors of the package.

DateError (ValueError)          any failure; `.phrase` is the text that was given
└── UnresolvableDate            the phrase names no moment that the conventions fix
"""

from __future__ import annotations


class DateError(ValueError):
    """Root of the tree drawn above. `phrase` is the text as the caller gave it."""

    def __init__(self, phrase: str, reason: str) -> None:
        super().__init__(f"{reason}: {phrase[:120]!r}")
        self.phrase = phrase
        self.reason = reason


class UnresolvableDate(DateError):
    """The phrase holds no date or time, a word that the grammar does not know, or an impossible date."""
