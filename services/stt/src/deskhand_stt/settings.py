"""Settings of the speech service, `DESKHAND_STT_*` or `[stt]` in config.toml."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

from deskhand_serving.settings import ServiceSettings
from deskhand_serving.speech_models import whisper_folder, whisper_repository
from pydantic import Field, field_validator


class SttSettings(ServiceSettings, service="stt"):
    port: int = Field(8714, ge=0, le=65535)
    model: str = Field("base", description="Whisper's size (tiny, base, small, ...), or owner/name of one on the hub.")
    model_path: Path | None = Field(None, description="Folder of a CTranslate2 Whisper; goes before `model`.")
    download: bool = Field(True, description="Whether a missing model is downloaded at the first recording.")
    download_wait_s: float = Field(60.0, ge=0, le=600, description="A recording waits for the download so long.")
    language: str | None = Field(None, description="ISO 639-1 code of what is spoken; it is detected when not set.")
    compute_type: Literal["int8", "int8_float32", "int8_float16", "float16", "float32", "auto"] = Field(
        "int8", description="Numbers that CTranslate2 computes with."
    )
    device: Literal["cpu", "cuda", "auto"] = "cpu"
    threads: int = Field(default_factory=lambda: min(4, os.cpu_count() or 1), ge=1, le=64, description="CPU threads.")
    beam_size: int = Field(5, ge=1, le=10, description="1 is fastest; more hears better.")
    vad: bool = Field(True, description="Leave out what is not speech, so that silence has no words.")
    max_audio_s: float = Field(600.0, gt=0, le=4 * 3600, description="Longest recording, in seconds.")

    @field_validator("model")
    @classmethod
    def _known(cls, name: str) -> str:
        whisper_repository(name)
        return name

    @property
    def model_folder(self) -> Path:
        return self.model_path.expanduser() if self.model_path else whisper_folder(self.home, self.model)

    @property
    def model_name(self) -> str:
        """As people know it: "whisper-base"."""
        return self.model_folder.name
