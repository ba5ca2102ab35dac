"""What every backend asks of a text message."""

from __future__ import annotations

from ...errors import UnusableArgument


def message_of(text: str) -> str:
    """The message as it is sent. Raises UnusableArgument when nothing is left to send."""
    message = text.replace("\r\n", "\n").strip()
    if not message or "\0" in message:
        raise UnusableArgument("there is nothing to send; say what the text says")
    return message
