"""Request bodies: content type, size and time limits, JSON into models."""

from __future__ import annotations

import asyncio
from concurrent.futures import Executor
from typing import TypeVar

from pydantic import BaseModel, ValidationError
from starlette.requests import Request
from starlette.types import Message

from .errors import BadRequest

Model = TypeVar("Model", bound=BaseModel)

PARSE_IN_LOOP_BYTES = 128 * 1024
"""A longer body is parsed in the worker thread: it would hold the loop for more than a millisecond."""


def require_content_type(request: Request, wanted: str) -> None:
    """Raises BadRequest with status 415. A form of another site can send text/plain, but no JSON."""
    given = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if given != wanted:
        message = f"Send this as {wanted}{f', not {given[:80]}' if given else ''}."
        raise BadRequest(message, code="unsupported_media_type", status=415)


def limited(request: Request, max_bytes: int, timeout_s: float) -> Request:
    """The same request; reading its body raises BadRequest 413 above `max_bytes` and 408 after `timeout_s`."""
    if int(request.headers.get("content-length") or 0) > max_bytes:
        raise too_large(max_bytes)
    received = 0
    ends_at_s = asyncio.get_running_loop().time() + timeout_s

    async def receive() -> Message:
        nonlocal received
        try:
            async with asyncio.timeout_at(ends_at_s):
                message = await request.receive()
        except TimeoutError:
            raise BadRequest("The request's body did not arrive in time.", code="body_timeout", status=408) from None
        received += len(message.get("body", b""))
        if received > max_bytes:
            raise too_large(max_bytes)
        return message

    return Request(request.scope, receive)


def too_large(max_bytes: int) -> BadRequest:
    return BadRequest(f"This is longer than the {max_bytes:,} bytes that are allowed.", code="too_large", status=413)


async def read_json(body: bytes, model: type[Model], worker: Executor) -> Model:
    """Raises BadRequest that names the first thing that is wrong."""
    try:
        if len(body) <= PARSE_IN_LOOP_BYTES:
            return model.model_validate_json(body)
        return await asyncio.get_running_loop().run_in_executor(worker, model.model_validate_json, body)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        if first["type"] == "json_invalid":
            raise BadRequest(f"The body is not valid JSON: {first['msg']}.", code="invalid_json") from None
        where = ".".join(str(part) for part in first["loc"])
        raise BadRequest(f"{where or 'body'}: {first['msg']}.", param=where or None, code="invalid_value") from None
