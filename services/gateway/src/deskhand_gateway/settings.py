"""Settings of the gateway: `DESKHAND_GATEWAY_*`, or the table `[gateway]` of `config.toml`."""

from __future__ import annotations

from pathlib import Path

from deskhand_contract.runs import Approval
from deskhand_contract.tools import TOOL_NAMES
from deskhand_serving.settings import ServiceSettings
from pydantic import Field, field_validator

API_KEY_FILE = "api_key"

MIB = 1024 * 1024


class GatewaySettings(ServiceSettings, service="gateway"):
    """Lists come as JSON in the environment: DESKHAND_GATEWAY_ALLOWED_HOSTS='["desk.lan"]'."""

    port: int = Field(8710, ge=0, le=65535)

    toolrag_url: str = "http://127.0.0.1:8711"
    planner_url: str = "http://127.0.0.1:8712"
    executor_url: str = "http://127.0.0.1:8713"
    stt_url: str = "http://127.0.0.1:8714"

    allowed_hosts: tuple[str, ...] = Field(
        ("127.0.0.1", "localhost", "::1"),
        description="Names that a request's Host header may carry, without port. Anything else is DNS rebinding.",
    )
    allowed_origins: tuple[str, ...] = Field(
        (), description="Origins of other sites that browsers may call from; the gateway's own is always allowed."
    )

    classify_timeout_s: float = Field(2.0, gt=0, le=60, description="ToolRAG is waited for so long, then left out.")
    plan_timeout_s: float = Field(60.0, gt=0, le=600, description="Longest silence of the planner.")
    execute_timeout_s: float = Field(120.0, gt=0, le=3600)
    transcribe_timeout_s: float = Field(300.0, gt=0, le=3600)
    health_timeout_s: float = Field(1.0, gt=0, le=30)
    body_timeout_s: float = Field(60.0, gt=0, le=600, description="A request's body has to arrive within this time.")
    send_timeout_s: float = Field(
        30.0, gt=0, le=600, description="A client that reads nothing of its stream for so long counts as gone."
    )
    ping_interval_s: float = Field(2.0, gt=0, le=2.0, description="Silence after which a stream carries a comment.")

    client_plan_hours: float = Field(
        24.0, gt=0, le=24 * 365, description="A plan whose calls the client carries out is kept for so long."
    )
    response_days: float = Field(30.0, gt=0, le=3650, description="A response (`/v1/responses`) is kept for so long.")

    max_running_nodes: int = Field(8, ge=1, le=64, description="Nodes under way at a time, over all requests.")
    max_body_bytes: int = Field(MIB, ge=1024, description="Longest request body without audio.")
    max_audio_bytes: int = Field(32 * MIB, ge=1024, description="Longest recording.")

    approvals: dict[str, Approval] = Field(
        default_factory=dict[str, Approval],
        description="A table of tools: auto runs at once, ask waits for your yes, deny never runs. What is not in it "
        "asks if it leaves the machine.",
    )
    allow_metadata_approval: bool = Field(
        False, description="Whether a request may waive the asking, by metadata.approval = auto."
    )
    min_confidence: float = Field(
        0.5,
        ge=0,
        le=1,
        description="Where the planner is less sure than this that it understood, nothing is changed or sent without "
        "your yes; 0 never asks for that reason. The planner's figure is calibrated: below 0.5 a plan is more likely "
        "wrong than right (models/planner/planner.json, reliability).",
    )
    max_replans: int = Field(
        2,
        ge=0,
        le=10,
        description="How often, in a run, the planner's fallback (planner.fallback) is asked for another way, where a "
        "call failed or the planner is not sure, before and after approvals. Without a fallback nothing is asked.",
    )
    approval_hours: float = Field(24.0, gt=0, le=24 * 365, description="What waits longer for a yes counts as no.")
    runs_kept_days: int = Field(30, ge=1, le=3650, description="Runs are forgotten after so many days.")
    runs_kept: int = Field(1000, ge=1, le=1_000_000, description="The newest runs that are kept.")

    requests_per_minute: int = Field(
        6000,
        ge=0,
        description="Requests that a client may send a minute, averaged over ten seconds; 0 is no limit.",
    )
    max_open_requests: int = Field(
        256, ge=1, le=10_000, description="Requests that one client may have open at a time."
    )

    @field_validator("approvals")
    @classmethod
    def _tools_exist(cls, approvals: dict[str, Approval]) -> dict[str, Approval]:
        unknown = ", ".join(sorted(approvals.keys() - set(TOOL_NAMES)))
        if unknown:
            raise ValueError(f"there is no tool {unknown}; the tools are {', '.join(TOOL_NAMES)}")
        return approvals

    @property
    def api_key_path(self) -> Path:
        return self.home / API_KEY_FILE

    @property
    def store_path(self) -> Path:
        return self.home / "conversations.sqlite3"

    @property
    def max_chat_bytes(self) -> int:
        """A chat request may carry one full recording in base64."""
        return self.max_audio_bytes * 4 // 3 + self.max_body_bytes
