"""Errors of the planner.

PlannerError (ServiceFailure)
├── ModelUnavailable     a model file is missing or does not fit: `model_unavailable`, 503
├── SentenceTooLong      more words than the engine reads: `sentence_too_long`, 422
├── ToolsNeedEngine      the embedded planner knows the registry's tools only: `tools_need_engine`, 422
├── FallbackNeeded       a replan is asked for, and no engine of the planner writes any: `fallback_needed`, 422
├── UnsupportedSchema    the schema of a client's tool makes no grammar: `unsupported_schema`, 422
├── EngineUnavailable    the server behind the engine `openai` does not answer: `engine_unavailable`, 503
└── BadPlan              the engine wrote what is not a plan: `bad_plan`, 502
"""

from __future__ import annotations

from deskhand_contract.errors import WireError
from deskhand_serving.errors import ServiceFailure


class PlannerError(ServiceFailure):
    code = "planner_error"
    http_status = 500

    def __init__(self, message: str, *, retryable: bool = False) -> None:
        super().__init__(WireError(code=self.code, message=message, retryable=retryable), self.http_status)


class ModelUnavailable(PlannerError):
    code, http_status = "model_unavailable", 503


class SentenceTooLong(PlannerError):
    code, http_status = "sentence_too_long", 422


class ToolsNeedEngine(PlannerError):
    code, http_status = "tools_need_engine", 422

    def __init__(self) -> None:
        super().__init__(
            "the embedded planner plans with Deskhand's own tools only; for others set planner.fallback to gguf (and "
            "planner.gguf_path to a chat model on disk) or to openai (and planner.openai_base_url to any "
            "OpenAI-compatible server)"
        )


class FallbackNeeded(PlannerError):
    code, http_status = "fallback_needed", 422

    def __init__(self) -> None:
        super().__init__("replans are written by the fallback engine; set planner.fallback to gguf or openai")


class UnsupportedSchema(PlannerError):
    code, http_status = "unsupported_schema", 422


class EngineUnavailable(PlannerError):
    code, http_status = "engine_unavailable", 503


class BadPlan(PlannerError):
    code, http_status = "bad_plan", 502
