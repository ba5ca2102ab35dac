"""What a service's process and the supervisor that starts it agree on."""

from __future__ import annotations

import os
import socket

LIFELINE_FD = "DESKHAND_LIFELINE_FD"
"""Environment variable with the read end of a pipe that the parent holds open for as long as it lives."""

LISTEN_FD = "DESKHAND_LISTEN_FD"
"""Environment variable with a listening socket that the parent has opened. The parent keeps it open as well: what comes
while the service is started again waits instead of being refused, and nobody else can take the port meanwhile."""

EXIT_CONFIG = 78  # EX_CONFIG
EXIT_PORT = 75  # EX_TEMPFAIL

SHOW_SETTINGS = "--settings"
"""Argument with which a service prints its effective settings as JSON, and serves nothing."""


def listen(host: str, port: int) -> socket.socket:
    """A listening socket. Raises OSError when the port is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio sets TCP_NODELAY only where the protocol is named; without it every answer waits 40 ms for an ACK.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(2048)
    except OSError:
        listener.close()
        raise
    listener.set_inheritable(False)
    return listener


def inherited_listener() -> socket.socket | None:
    """The parent's listening socket, None where there is none. Raises ValueError when the variable names no socket."""
    raw = os.environ.get(LISTEN_FD)
    if raw is None:
        return None
    try:
        listener = socket.socket(proto=socket.IPPROTO_TCP, fileno=int(raw))  # the protocol: see `listen`
    except (ValueError, OSError) as error:
        raise ValueError(f"{LISTEN_FD}={raw} is not an open socket of the parent's") from error
    listener.set_inheritable(False)
    return listener
