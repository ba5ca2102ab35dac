"""The shapes of the Responses API (`POST /v1/responses`), as far as Deskhand reads or writes them.

Requests ignore unknown fields, as the API does. A node that Deskhand carries out is an `mcp_call` item of the server
`deskhand`; a call that the client carries out is a `function_call` item.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

SERVER_LABEL = "deskhand"


class ResponsesRequest(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    model: str
    input: str | list[dict[str, Any]]
    instructions: str | None = None
    previous_response_id: str | None = None
    store: bool | None = None
    stream: bool | None = None
    tools: list[dict[str, Any]] | None = None
    tool_choice: str | dict[str, Any] | None = None
    parallel_tool_calls: bool | None = None
    metadata: dict[str, str] | None = None
    temperature: float | None = None
    top_p: float | None = None
    max_output_tokens: int | None = None
    text: dict[str, Any] | None = None
    user: str | None = None
    background: bool | None = None
    conversation: Any = None
    prompt: Any = None


class _Shape(BaseModel):
    """Filled while a response is written."""

    model_config = ConfigDict(validate_assignment=False)


class OutputText(_Shape):
    type: Literal["output_text"] = "output_text"
    text: str
    annotations: list[Any] = Field(default_factory=list[Any])
    logprobs: list[Any] = Field(default_factory=list[Any])


class MessageItem(_Shape):
    id: str
    type: Literal["message"] = "message"
    role: Literal["assistant"] = "assistant"
    status: Literal["in_progress", "completed", "incomplete"]
    content: list[OutputText]


class McpCallError(_Shape):
    """`content` is a list of content parts, as a tool of an MCP server gives them."""

    type: Literal["mcp_tool_execution_error"] = "mcp_tool_execution_error"
    content: list[dict[str, str]]


class McpCallItem(_Shape):
    """`status` is incomplete for a node that was not carried out, because one that it needs had failed."""

    id: str
    type: Literal["mcp_call"] = "mcp_call"
    server_label: str = SERVER_LABEL
    name: str
    arguments: str
    status: Literal["in_progress", "completed", "incomplete", "failed"]
    output: str | None = None
    error: McpCallError | None = None
    approval_request_id: str | None = None


class McpApprovalRequestItem(_Shape):
    id: str
    type: Literal["mcp_approval_request"] = "mcp_approval_request"
    server_label: str = SERVER_LABEL
    name: str
    arguments: str


class FunctionCallItem(_Shape):
    id: str
    type: Literal["function_call"] = "function_call"
    call_id: str
    name: str
    arguments: str
    status: Literal["in_progress", "completed", "incomplete"]


OutputItem = MessageItem | McpCallItem | McpApprovalRequestItem | FunctionCallItem


class InputTokensDetails(_Shape):
    cached_tokens: int = 0
    cache_write_tokens: int = 0


class OutputTokensDetails(_Shape):
    reasoning_tokens: int = 0


class ResponseUsage(_Shape):
    input_tokens: int
    input_tokens_details: InputTokensDetails = Field(default_factory=InputTokensDetails)
    output_tokens: int
    output_tokens_details: OutputTokensDetails = Field(default_factory=OutputTokensDetails)
    total_tokens: int


class ResponseFailure(_Shape):
    """`code` is one of the API's few; `type` has Deskhand's own."""

    code: Literal["server_error", "invalid_prompt"]
    message: str
    type: str | None = None


class Response(_Shape):
    id: str
    object: Literal["response"] = "response"
    created_at: int
    completed_at: int | None = None
    status: Literal["in_progress", "completed", "failed"] = "in_progress"
    background: bool = False
    error: ResponseFailure | None = None
    incomplete_details: None = None
    instructions: str | None = None
    max_output_tokens: int | None = None
    metadata: dict[str, str]
    model: str
    output: list[OutputItem] = Field(default_factory=list[OutputItem])
    parallel_tool_calls: bool
    previous_response_id: str | None = None
    store: bool
    temperature: float
    text: dict[str, Any]
    tool_choice: str | dict[str, Any]
    tools: list[dict[str, Any]]
    top_p: float
    truncation: Literal["disabled"] = "disabled"
    usage: ResponseUsage | None = None
    user: str | None = None
