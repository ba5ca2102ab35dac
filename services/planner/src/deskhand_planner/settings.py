"""Settings of the planner service, `DESKHAND_PLANNER_*` or `[planner]` in config.toml."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

from deskhand_serving.settings import ServiceSettings, models_folder
from pydantic import Field, SecretStr


class PlannerSettings(ServiceSettings, service="planner"):
    port: int = Field(8712, ge=0, le=65535)
    engine: Literal["embedded", "gguf", "openai"] = Field("embedded", description="Which engine writes the plans.")
    fallback: Literal["none", "gguf", "openai"] = Field(
        "none",
        description="A second engine, for what `embedded` cannot: plans with tools that clients bring, a second "
        "opinion where it is not sure, and another way where a call failed.",
    )
    model_path: Path = Field(
        default_factory=lambda: models_folder() / "planner", description="Folder of the embedded planner."
    )
    threads: int = Field(
        1,
        ge=1,
        le=64,
        description="CPU threads of the embedded planner. Its layers are so small that more gain nothing; on a busy "
        "machine they lose seconds, because all of them have to be running at once.",
    )
    gguf_path: Path | None = Field(None, description="The chat model of the engine `gguf`.")
    gguf_context: int = Field(
        8192, ge=512, le=1_048_576, description="Its context in tokens, at most what the model was trained for."
    )
    gguf_threads: int = Field(
        default_factory=lambda: max(1, min(8, (os.cpu_count() or 2) // 2)), ge=1, le=256, description="Its CPU threads."
    )
    gguf_chat_template: Path | None = Field(
        None, description="A Jinja file instead of the chat template that the GGUF has."
    )
    openai_base_url: str = Field("http://127.0.0.1:8080/v1", description="The server of the engine `openai`.")
    openai_model: str = Field("default", description="The model's name on that server.")
    openai_api_key: SecretStr = Field(SecretStr(""), description="Its key, if it wants one.")
    openai_timeout_s: float = Field(120, gt=0, description="Longest wait for the next piece of its answer.")
    openai_grammar: bool = Field(False, description="Send the plan grammar (GBNF) along; llama.cpp's servers take it.")
