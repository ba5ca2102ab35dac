"""Idempotency keys: a request that is sent again gets the answer of the first one.

A key lives as long as its run. A run that ended before it had an effect, with an error, lets go of it: then sending the
same again is a new try, and a harmless one.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Mapping
from weakref import WeakValueDictionary

from pydantic import BaseModel

from ..errors import BadRequest
from .turn import Turn

HEADER = "Idempotency-Key"
MAX_KEY_CHARS = 255


def read_key(headers: Mapping[str, str]) -> str | None:
    """Raises BadRequest."""
    key = headers.get(HEADER)
    if key is None:
        return None
    if not 1 <= len(key) <= MAX_KEY_CHARS or not key.isascii() or not key.isprintable():
        message = f"{HEADER} takes 1 to {MAX_KEY_CHARS} printable ASCII characters, such as a UUID."
        raise BadRequest(message, code="invalid_idempotency_key")
    return key


def digest_of(kind: str, request: BaseModel, form: set[str]) -> str:
    """Of what a request asks for. `form` are the fields that only say in which form the answer comes; `kind` tells
    resources apart."""
    return hashlib.sha256(f"{kind} {request.model_dump_json(exclude=form)}".encode()).hexdigest()


Find = Callable[[str], Awaitable[tuple[str, Turn] | None]]
"""The turn of a key and the digest of its request."""


class Keys:
    """Lets one request of a key begin; the others get its turn."""

    def __init__(self, find: Find) -> None:
        self._find = find
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def once(self, key: str, digest: str, begin: Callable[[], Awaitable[Turn | str]]) -> tuple[Turn | str, bool]:
        """What `begin` gives, or the earlier turn and True. Raises BadRequest (422) when the earlier request was
        another one."""
        lock = self._locks.setdefault(key, asyncio.Lock())
        async with lock:
            known = await self._find(key)
            if known is None:
                return await begin(), False
        earlier, turn = known
        if earlier != digest:
            message = f"This {HEADER} was used for another request; take a new one for each."
            raise BadRequest(message, code="idempotency_key_reused", status=422)
        return turn, True
