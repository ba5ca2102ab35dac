"""The web console: GET / and its assets.

They need no key: there is nothing in them but the program. The page gets the key from its user and sends it with every
call of the API. Everything is in memory from the start on, so a request opens no file.
"""

from __future__ import annotations

from deskhand_web import Console, File
from fastapi import APIRouter, Request, Response

from ..errors import BadRequest
from ..state import gateway_of

router = APIRouter()

PAGE = "/"
ASSETS = "/console"

HEADERS = {
    # No Cross-Origin-Opener-Policy: it makes the browser start a second process for the page, a third of the time to
    # the first paint, and a page that opened this one could only send it elsewhere. It listens to no messages.
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "microphone=(self), camera=(), geolocation=()",
    # Not no-referrer: under it Firefox may send `Origin: null`, which the guard refuses.
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
REVALIDATE = "no-cache"
FOR_GOOD = "public, max-age=31536000, immutable"

_METHODS = ["GET", "HEAD"]


@router.api_route(PAGE, methods=_METHODS, include_in_schema=False)
async def get_page(request: Request) -> Response:
    return _answer(request, gateway_of(request).console.page, REVALIDATE)


@router.api_route(f"{ASSETS}/{{version}}/{{name}}", methods=_METHODS, include_in_schema=False)
async def get_asset(request: Request, version: str, name: str) -> Response:
    """Another version's assets are not here: a page that asks for them is old, and a reload brings the new one."""
    console = gateway_of(request).console
    asset = console.assets.get(name) if version == console.version else None
    if asset is None:
        raise BadRequest("The console has no such file; reload the page.", code="unknown_url", status=404)
    return _answer(request, asset, FOR_GOOD)


def content_security_policy(console: Console) -> str:
    """Nothing from elsewhere, nothing inline but the console's own by its digest, nothing built out of strings: what a
    note or a mail says stays text."""
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src 'self' {console.script_digest}",
            f"style-src {console.style_digest}",
            "img-src 'self'",
            "connect-src 'self'",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
            "require-trusted-types-for 'script'",
            "trusted-types 'none'",
        )
    )


def _answer(request: Request, file: File, cache: str) -> Response:
    policy = content_security_policy(gateway_of(request).console)
    headers = HEADERS | {"Content-Security-Policy": policy, "Cache-Control": cache, "ETag": file.etag}
    known = [etag.strip().removeprefix("W/") for etag in request.headers.get("if-none-match", "").split(",")]
    if file.etag in known or "*" in known:
        return Response(status_code=304, headers=headers)
    return Response(file.content, headers=headers, media_type=file.media_type)
