"""Errors of the contract, and their form on the wire.

ContractError
├── PlanSyntaxError      plan text that is not a plan
├── UnknownTool          a tool that the registry does not have
├── InvalidArguments     arguments that the tool's model refuses
├── InvalidReference     `$k` to a node that is not earlier, or whose output does not fit
└── SpanNotFound         a value that is not a span of the sentence (compact form only)
"""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class ContractError(ValueError):
    """Root of the tree. `code` is what stands on the wire."""

    code = "contract_error"


class PlanSyntaxError(ContractError):
    code = "plan_syntax"


class UnknownTool(ContractError):
    code = "unknown_tool"


class InvalidArguments(ContractError):
    code = "invalid_arguments"


class InvalidReference(ContractError):
    code = "invalid_reference"


class SpanNotFound(ContractError):
    code = "span_not_found"


class WireError(BaseModel):
    """An error as data between services: never a 200 with an error text.

    `code` is for programs and does not change; `message` is for people and says what to do.
    `retryable` promises that nothing happened and that a second try may succeed.
    """

    model_config = ConfigDict(frozen=True)

    code: str
    message: str
    node: int | None = None
    retryable: bool = False
    details: dict[str, object] | None = None


class WireFailure(BaseModel):
    """Body of every non-2xx answer of an internal service."""

    error: WireError
