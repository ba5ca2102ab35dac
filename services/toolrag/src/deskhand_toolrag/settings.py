"""Settings of the ToolRAG service, `DESKHAND_TOOLRAG_*` or `[toolrag]` in config.toml."""

from __future__ import annotations

from pathlib import Path

from deskhand_serving.settings import ServiceSettings, models_folder
from pydantic import Field


class ToolRAGSettings(ServiceSettings, service="toolrag"):
    port: int = Field(8711, ge=0, le=65535)
    model_path: Path = Field(
        default_factory=lambda: models_folder() / "toolrag", description="Folder of the classifier."
    )
    threshold: float = Field(0.5, ge=0, le=1, description="A tool is selected from this probability on.")
    threads: int = Field(1, ge=1, le=64, description="CPU threads of the classifier.")
