"""How much one client may ask for: a rate, and a number of requests at a time.

Both are far above what a person or an agent loop does; they are there for a loop that has gone wrong. A client is an
address: there is one key. The bucket is our own because the library for it (limits) starts a task and a thread call for
each request that it counts in memory.
"""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Callable, Container
from dataclasses import dataclass

from starlette.types import ASGIApp, Receive, Scope, Send

from .errors import ApiFailure
from .settings import GatewaySettings

BURST_S = 10.0
"""A bucket holds what the rate gives in this time."""
MAX_CLIENTS = 1024
"""More addresses than that are forgotten from the fullest bucket on."""


class TooManyRequests(ApiFailure):
    """429, before anything was done: SDKs send it again after `retry_after_s`."""

    def __init__(self, message: str, code: str, retry_after_s: int) -> None:
        super().__init__(429, message, type="rate_limit_error", code=code)
        self.retry_after_s = retry_after_s

    def headers(self) -> dict[str, str]:
        return super().headers() | {"Retry-After": str(self.retry_after_s)}


@dataclass
class _Bucket:
    tokens: float
    filled_s: float


class RateLimiter:
    """A token bucket for each client. `clock` gives seconds that only grow."""

    def __init__(self, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._per_s = per_minute / 60
        self._capacity = max(1.0, self._per_s * BURST_S)
        self._clock = clock
        self._buckets: dict[str, _Bucket] = {}

    def take(self, client: str) -> float:
        """Take a token. Gives 0, or the seconds until there is one."""
        if self._per_s == 0:
            return 0.0
        now_s = self._clock()
        bucket = self._buckets.get(client)
        if bucket is None:
            if len(self._buckets) >= MAX_CLIENTS:
                self._forget(now_s)
            bucket = self._buckets[client] = _Bucket(self._capacity, now_s)
        bucket.tokens = self._level(bucket, now_s)
        bucket.filled_s = now_s
        if bucket.tokens < 1:
            return (1 - bucket.tokens) / self._per_s
        bucket.tokens -= 1
        return 0.0

    def _level(self, bucket: _Bucket, now_s: float) -> float:
        return min(self._capacity, bucket.tokens + (now_s - bucket.filled_s) * self._per_s)

    def _forget(self, now_s: float) -> None:
        fullest = sorted(self._buckets, key=lambda client: -self._level(self._buckets[client], now_s))
        for client in fullest[: MAX_CLIENTS // 2]:
            del self._buckets[client]


class Limits:
    """ASGI middleware behind the guard: who has no key does not use up what the owner of the key may do."""

    def __init__(
        self, app: ASGIApp, settings: GatewaySettings, open_paths: Container[str], open_folders: tuple[str, ...] = ()
    ) -> None:
        self._app = app
        self._open_paths = open_paths
        self._open_folders = open_folders
        self._per_minute = settings.requests_per_minute
        self._rate = RateLimiter(settings.requests_per_minute)
        self._max_open = settings.max_open_requests
        self._open: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or self._is_open(scope["path"]):
            await self._app(scope, receive, send)
            return
        client = scope["client"][0] if scope.get("client") else ""
        try:
            self._check(client)
        except TooManyRequests as failure:
            await failure.response()(scope, receive, send)
            return
        self._open[client] += 1
        try:
            await self._app(scope, receive, send)
        finally:
            self._open[client] -= 1
            if not self._open[client]:
                del self._open[client]

    def _is_open(self, path: str) -> bool:
        return path in self._open_paths or path.startswith(self._open_folders)

    def _check(self, client: str) -> None:
        if self._open[client] >= self._max_open:
            message = (
                f"{self._max_open} requests of yours are open; wait for one to end. "
                "DESKHAND_GATEWAY_MAX_OPEN_REQUESTS sets the number."
            )
            raise TooManyRequests(message, "too_many_open_requests", 1)
        wait_s = self._rate.take(client)
        if wait_s:
            message = (
                f"More than {self._per_minute:,} requests a minute: is a loop running? "
                "DESKHAND_GATEWAY_REQUESTS_PER_MINUTE sets the number; 0 is no limit."
            )
            raise TooManyRequests(message, "rate_limit_exceeded", math.ceil(wait_s))
