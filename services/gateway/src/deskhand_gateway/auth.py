"""Who may call: the API key in the home, and a guard in front of every route.

The guard is plain ASGI, so a stream passes through it unbuffered. It looks at three things, in this order: the
Host header (a page that rebinds its own name to 127.0.0.1 sends that name), the Origin header (a page of another
site may not call), the bearer token.
"""

from __future__ import annotations

import hmac
import logging
import os
import re
import secrets
import stat
import tempfile
from collections.abc import Container
from pathlib import Path

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .errors import ApiFailure, BadRequest
from .settings import GatewaySettings

logger = logging.getLogger(__name__)

KEY_PREFIX = "dk-"
_HOST = re.compile(r"(?:\[(?P<address>[0-9a-f:.]+)\]|(?P<name>[^\[\]:@/\s]+))(?::[0-9]{1,5})?")


class UnusableKeyFile(RuntimeError):
    """The file is there, but holds no key."""


def load_or_create_api_key(path: Path) -> str:
    """The key in `path`; made at first start, readable by its owner only.

    The file appears with its content or not at all, so two gateways that start together agree. Raises OSError,
    UnusableKeyFile. Blocks.
    """
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")  # 0600
        try:
            with os.fdopen(descriptor, "w", encoding="ascii") as file:
                file.write(KEY_PREFIX + secrets.token_urlsafe(32) + "\n")
            os.link(name, path)
            logger.info("made a new API key", extra={"path": str(path)})
        except FileExistsError:
            logger.info("another gateway has made the API key", extra={"path": str(path)})
        finally:
            os.unlink(name)
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        logger.warning("the API key was readable by others; it is yours only now", extra={"path": str(path)})
        path.chmod(0o600)
    key = path.read_text(encoding="utf-8").strip()
    if not key or not key.isascii() or any(character.isspace() for character in key):
        raise UnusableKeyFile(f"{path} holds no API key; delete it, and the next start makes a new one")
    return key


class Guard:
    """ASGI middleware: Host, Origin and bearer token. `open_paths`, and what lies in `open_folders`, need no token.

    The key is in `app.state.api_key` from the start of the app on.
    """

    def __init__(
        self, app: ASGIApp, settings: GatewaySettings, open_paths: Container[str], open_folders: tuple[str, ...] = ()
    ) -> None:
        self._app = app
        self._hosts = frozenset(host.lower() for host in (*settings.allowed_hosts, settings.host))
        self._origins = frozenset(origin.lower().rstrip("/") for origin in settings.allowed_origins)
        self._open_paths = open_paths
        self._open_folders = open_folders

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":  # there is no WebSocket here
            await send({"type": "websocket.close", "code": 1008})
            return
        try:
            self._check(scope)
        except ApiFailure as failure:
            await failure.response()(scope, receive, send)
            return

        async def send_as_it_is(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).setdefault("X-Content-Type-Options", "nosniff")
            await send(message)

        await self._app(scope, receive, send_as_it_is)

    def _check(self, scope: Scope) -> None:
        headers = Headers(scope=scope)
        host = headers.get("host", "").lower()
        if _name(host) not in self._hosts or len(headers.getlist("host")) != 1:
            message = (
                "Deskhand does not answer under this host name. If it is yours, set DESKHAND_GATEWAY_ALLOWED_HOSTS."
            )
            raise BadRequest(message, code="host_not_allowed", status=403)
        for origin in headers.getlist("origin"):
            if origin.lower() not in self._origins | {f"http://{host}", f"https://{host}"}:
                message = "This origin may not call Deskhand. If it is yours, set DESKHAND_GATEWAY_ALLOWED_ORIGINS."
                raise BadRequest(message, code="origin_not_allowed", status=403)
        if scope["path"] not in self._open_paths and not scope["path"].startswith(self._open_folders):
            self._check_token(headers.getlist("authorization"), scope["app"].state.api_key)

    @staticmethod
    def _check_token(given: list[str], key: str) -> None:
        scheme, _, token = given[0].partition(" ") if len(given) == 1 else ("", "", "")
        matches = hmac.compare_digest(token.strip().encode(), key.encode())
        if scheme.lower() != "bearer" or not matches:
            message = (
                "This needs Deskhand's API key as a bearer token. It is in the file api_key in Deskhand's home; "
                "`deskhand up` prints where that is."
            )
            raise ApiFailure(401, message, type="invalid_request_error", code="invalid_api_key")


def _name(host: str) -> str:
    """The name in a Host header, without port and brackets; empty when the header is no name with a port."""
    match = _HOST.fullmatch(host)
    return (match["address"] or match["name"]) if match else ""
