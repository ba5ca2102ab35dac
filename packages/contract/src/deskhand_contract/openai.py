"""The shapes of the OpenAI API that Deskhand speaks, as far as it reads or writes them.

Requests ignore unknown fields, as the API does. Answers carry one extension, `x_plan`, at the top level of a chunk
or completion; nothing is ever added inside `delta` or `message`.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from .events import PlanUpdate
from .tools import TOOLS

MODEL_RUN = "deskhand"
MODEL_PLAN = "deskhand-plan"


class _Request(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class _Answer(BaseModel):
    model_config = ConfigDict(frozen=True)


class ChatMessage(_Request):
    role: str
    content: str | list[dict[str, Any]] | None = None
    tool_calls: list[dict[str, Any]] | None = None
    tool_call_id: str | None = None
    name: str | None = None


class StreamOptions(_Request):
    include_usage: bool | None = None


class ChatRequest(_Request):
    model: str
    messages: list[ChatMessage] = Field(min_length=1)
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    n: int | None = None
    tools: list[dict[str, Any]] | None = None
    tool_choice: str | dict[str, Any] | None = None
    parallel_tool_calls: bool | None = None
    functions: list[Any] | None = None
    function_call: Any = None
    metadata: dict[str, str] | None = None
    user: str | None = None


class FunctionCall(_Answer):
    name: str | None = None
    arguments: str = ""


class ToolCall(_Answer):
    id: str
    type: Literal["function"] = "function"
    function: FunctionCall


class ToolCallDelta(_Answer):
    """A call's first delta has everything; later ones `index` and `function.arguments` only."""

    index: int
    id: str | None = None
    type: Literal["function"] | None = None
    function: FunctionCall


class Delta(_Answer):
    role: Literal["assistant"] | None = None
    content: str | None = None
    reasoning_content: str | None = None
    tool_calls: list[ToolCallDelta] | None = None


FinishReason = Literal["stop", "tool_calls", "length"]


class ChunkChoice(_Answer):
    index: int = 0
    delta: Delta
    logprobs: None = None
    finish_reason: FinishReason | None = None


class Usage(_Answer):
    prompt_tokens: int
    completion_tokens: int
    total_tokens: int


class ChatChunk(_Answer):
    id: str
    object: Literal["chat.completion.chunk"] = "chat.completion.chunk"
    created: int
    model: str
    choices: list[ChunkChoice]
    usage: Usage | None = None
    x_plan: PlanUpdate | None = None


class AssistantMessage(_Answer):
    role: Literal["assistant"] = "assistant"
    content: str | None
    refusal: None = None
    reasoning_content: str | None = None
    tool_calls: list[ToolCall] | None = None


class Choice(_Answer):
    index: int = 0
    message: AssistantMessage
    logprobs: None = None
    finish_reason: FinishReason


class ChatCompletion(_Answer):
    id: str
    object: Literal["chat.completion"] = "chat.completion"
    created: int
    model: str
    choices: list[Choice]
    usage: Usage
    x_plan: list[PlanUpdate] | None = None


class Model(_Answer):
    id: str
    object: Literal["model"] = "model"
    created: int
    owned_by: str = "deskhand"


class ModelList(_Answer):
    object: Literal["list"] = "list"
    data: list[Model]


class ApiErrorBody(_Answer):
    message: str
    type: str
    param: str | None = None
    code: str | None = None


class ApiError(_Answer):
    error: ApiErrorBody


def tool_schemas() -> list[dict[str, Any]]:
    """The registry as an OpenAI `tools` list."""
    return [
        {
            "type": "function",
            "function": {"name": tool.name, "description": tool.description, "parameters": tool.schema()},
        }
        for tool in TOOLS
    ]
