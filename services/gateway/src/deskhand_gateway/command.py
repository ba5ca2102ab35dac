"""A chat request, checked: what the user said, and how the answer is wanted."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from typing import Any

from deskhand_contract.openai import MODEL_PLAN, MODEL_RUN, ChatMessage, ChatRequest
from deskhand_contract.runs import Approval
from deskhand_contract.services import MAX_QUERY_CHARS

from .body import too_large
from .client_tools.toolset import Toolset, read_toolset
from .client_tools.turn import Turn, read_turn
from .errors import BadRequest
from .runs.approval import Decision
from .settings import GatewaySettings

MODELS = (MODEL_RUN, MODEL_PLAN)
AUDIO_FORMATS = ("wav", "mp3", "m4a", "ogg", "flac", "webm")
_YES = ("true", "1", "yes")


@dataclass(frozen=True)
class Recording:
    """An `input_audio` part; `data` is base64."""

    data: str
    format: str


@dataclass(frozen=True)
class Command:
    """One request. `id` names the run (`run_...`), the completion and the tool calls alike.

    `parts` are the texts and recordings of the user's message, in order. `show_calls`: dispatched nodes are shown as
    tool calls, too. `show_progress`: progress stands in `reasoning_content`. With a `toolset`, the client carries the
    calls out, and `turn` has what it has done so far. `previous` is what the assistant said just before in the same
    conversation: a plain yes or no is about that; a `decision` says itself what it is about. `key` is the
    Idempotency-Key, and `digest` tells whether another request with the same key asks for the same.
    """

    id: str
    model: str
    parts: tuple[str | Recording, ...]
    metadata: dict[str, str]
    stream: bool
    include_usage: bool
    show_calls: bool
    show_progress: bool
    approval: Approval | None = None
    previous: str = ""
    decision: Decision | None = None
    key: str | None = None
    digest: str = ""
    toolset: Toolset | None = None
    turn: Turn = field(default_factory=Turn)
    created: int = field(default_factory=lambda: int(time.time()))
    started_s: float = field(default_factory=time.perf_counter)

    @property
    def run(self) -> str:
        return f"run_{self.id}"

    @property
    def completion(self) -> str:
        return f"chatcmpl-{self.id}"


def call_id(completion: str, node: int) -> str:
    """Of a node's tool call in a completion."""
    return f"call_{completion.removeprefix('chatcmpl-')}_{node}"


async def read_command(request: ChatRequest, body_bytes: int, settings: GatewaySettings, worker: Executor) -> Command:
    """Raises BadRequest for what Deskhand cannot serve. `body_bytes` is the length of the request's body. The schemas
    of a client's tools are read in `worker`."""
    if not request.tools:
        return _read(request, body_bytes, settings)
    return await asyncio.get_running_loop().run_in_executor(worker, _read, request, body_bytes, settings)


def _read(request: ChatRequest, body_bytes: int, settings: GatewaySettings) -> Command:
    if request.model not in MODELS:
        message = f"There is no model {request.model[:80]!r}; the models are {' and '.join(MODELS)}."
        raise BadRequest(message, code="model_not_found", param="model", status=404)
    if request.n is not None and request.n != 1:
        raise BadRequest("n: Deskhand gives one answer; leave n out, or make it 1.", code="invalid_value", param="n")
    toolset, turn = read_toolset(request), read_turn(request.messages)
    if turn.calls and toolset is None:
        message = "The messages go on with tool calls; send the `tools` along, as in the request before."
        raise BadRequest(message, code="missing_tools", param="tools")
    parts = _parts(request.messages)
    if body_bytes > settings.max_body_bytes and not any(isinstance(part, Recording) for part in parts):
        raise too_large(settings.max_body_bytes)
    metadata = request.metadata or {}
    return Command(
        id=secrets.token_hex(12),
        model=request.model,
        parts=parts,
        metadata=metadata,
        stream=bool(request.stream),
        include_usage=bool(request.stream_options and request.stream_options.include_usage),
        show_calls=metadata.get("nodes") == "tool_calls",
        show_progress=metadata.get("reasoning", "").lower() in _YES,
        approval=_approval(metadata.get("approval"), settings),
        previous=_previous(request.messages),
        toolset=toolset,
        turn=turn,
    )


def _approval(wanted: str | None, settings: GatewaySettings) -> Approval | None:
    if wanted is None:
        return None
    where = "metadata.approval"
    try:
        approval = Approval(wanted)
    except ValueError:
        message = f"{where} is one of {', '.join(Approval)}, not {wanted[:40]!r}."
        raise BadRequest(message, code="invalid_value", param=where) from None
    if approval is Approval.AUTO and not settings.allow_metadata_approval:
        message = f"{where}: requests may not waive the asking here; gateway.allow_metadata_approval lets them."
        raise BadRequest(message, code="approval_not_allowed", param=where, status=403)
    return approval


def check_length(query: str) -> str:
    """Raises BadRequest when the sentence is longer than the planner reads."""
    if len(query) > MAX_QUERY_CHARS:
        message = f"The message has {len(query):,} characters; Deskhand reads up to {MAX_QUERY_CHARS:,}."
        raise BadRequest(message, code="string_above_max_length", param="messages")
    return query


def _last(messages: Sequence[ChatMessage], role: str) -> int | None:
    return next((n for n in reversed(range(len(messages))) if messages[n].role == role), None)


def _previous(messages: Sequence[ChatMessage]) -> str:
    """The assistant's text before the last message of the user's."""
    before = messages[: _last(messages, "user") or 0]
    index = _last(before, "assistant")
    content = None if index is None else before[index].content
    if isinstance(content, list):
        return "".join(part["text"] for part in content if isinstance(part.get("text"), str))
    return content or ""


def _parts(messages: Sequence[ChatMessage]) -> tuple[str | Recording, ...]:
    index = _last(messages, "user")
    if index is None:
        message_text = "There is no message with the role user; its text is what Deskhand carries out."
        raise BadRequest(message_text, code="missing_user_message", param="messages")
    message, where = messages[index], f"messages.{index}.content"
    if isinstance(message.content, list):
        parts = tuple(_part(part, f"{where}.{n}") for n, part in enumerate(message.content))
    else:
        parts = (message.content or "",)
    texts = " ".join(part for part in parts if isinstance(part, str)).strip()
    if not texts and not any(isinstance(part, Recording) for part in parts):
        raise BadRequest("The user's message is empty.", code="empty_message", param=where)
    check_length(texts)
    return parts


def _part(part: dict[str, Any], where: str) -> str | Recording:
    kind = part.get("type")
    if kind == "text" and isinstance(part.get("text"), str):
        return part["text"]
    if kind == "input_audio":
        given = part.get("input_audio")
        audio: dict[str, Any] = given if isinstance(given, dict) else {}
        if not isinstance(audio.get("data"), str) or audio.get("format") not in AUDIO_FORMATS:
            message = f"{where}: input_audio takes base64 `data` and a `format` out of {', '.join(AUDIO_FORMATS)}."
            raise BadRequest(message, code="invalid_audio", param=where)
        return Recording(audio["data"], audio["format"])
    message = f"{where}: Deskhand reads parts of the types text and input_audio, not {str(kind)[:40]!r}."
    raise BadRequest(message, code="unsupported_content", param=where)
