"""Logging of the services: one JSON object a line on standard error, run and node ids as fields.

What a user said or what a tool found is logged at DEBUG only. So above it an exception is logged by its type and the
places it went through: its message may quote what it failed on.
"""

from __future__ import annotations

import json
import logging
import time
import traceback

from . import context

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName", "color_message"}


class JsonFormatter(logging.Formatter):
    """`with_messages`: whether exceptions are told with their messages."""

    def __init__(self, service: str, *, with_messages: bool) -> None:
        super().__init__()
        self._service = service
        self._with_messages = with_messages

    def format(self, record: logging.LogRecord) -> str:
        stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        entry: dict[str, object] = {
            "time": f"{stamp}.{int(record.msecs):03d}Z",
            "level": record.levelname,
            "service": self._service,
            "logger": record.name,
            "message": record.getMessage(),
        }
        for key, value in vars(record).items():
            if key not in _STANDARD:
                entry.setdefault(key, value)
        for key, value in context.fields().items():
            entry.setdefault(key, value)
        if record.exc_info and record.exc_info[1]:
            error = record.exc_info[1]
            entry["exception"] = self.formatException(record.exc_info) if self._with_messages else _places(error)
        return json.dumps(entry, ensure_ascii=False, default=str)


def _places(error: BaseException) -> str:
    """The traceback without messages; what led to an error comes before it."""
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    within = error.exceptions if isinstance(error, BaseExceptionGroup) else ()
    earlier = [_places(other) for other in (*([before] if before else []), *within)]
    own = "".join([*traceback.format_tb(error.__traceback__), f"{type(error).__module__}.{type(error).__qualname__}"])
    return "\n".join([*earlier, own])


def configure_logging(service: str, level: str) -> None:
    """Send the root logger's records to standard error. Called once, by the process's entry point."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonFormatter(service, with_messages=level == "DEBUG"))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for noisy in ("httpx", "httpcore", "uvicorn.access"):
        logging.getLogger(noisy).setLevel(max(logging.WARNING, logging.getLevelNamesMapping()[level]))
