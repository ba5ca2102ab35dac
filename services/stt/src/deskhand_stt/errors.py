"""Errors of the speech service.

ServiceFailure
├── InvalidAudio       422 invalid_audio: nothing that can be decoded, or no sound in it
├── AudioTooLong       413 audio_too_long
├── InvalidLanguage    422 invalid_language: no language, or none that this model knows
├── ModelMissing       503 model_missing: no model on disk and no way to one
├── ModelBroken        503 model_broken: a folder that CTranslate2 cannot load
└── ModelComing        503 model_loading, retryable: the download is under way
"""

from __future__ import annotations

from pathlib import Path

from deskhand_contract.errors import WireError
from deskhand_serving.errors import ServiceFailure

FORMATS = "wav, mp3, m4a, ogg, flac and webm"


class InvalidAudio(ServiceFailure):
    def __init__(self, why: str) -> None:
        message = f"{why}; {FORMATS} can be transcribed"
        super().__init__(WireError(code="invalid_audio", message=message), 422)


class AudioTooLong(ServiceFailure):
    def __init__(self, max_s: float) -> None:
        message = f"the recording is longer than {max_s:g} s; cut it, or raise the setting stt.max_audio_s"
        super().__init__(WireError(code="audio_too_long", message=message), 413)


class InvalidLanguage(ServiceFailure):
    def __init__(self, language: str, known: list[str]) -> None:
        if known == ["en"]:
            message = f"this speech model knows English only, not {language!r}; the setting stt.model picks another"
        else:
            message = f"{language!r} is no language that Whisper knows; give an ISO 639-1 code such as en, de or ja"
        super().__init__(WireError(code="invalid_language", message=message), 422)


class ModelMissing(ServiceFailure):
    def __init__(self, message: str) -> None:
        super().__init__(WireError(code="model_missing", message=message), 503)


class ModelBroken(ServiceFailure):
    def __init__(self, folder: Path, why: str) -> None:
        message = f"the speech model in {folder} cannot be loaded ({why}); delete the folder and pull the model again"
        super().__init__(WireError(code="model_broken", message=message), 503)


class ModelComing(ServiceFailure):
    def __init__(self, progress: str) -> None:
        message = f"{progress}; try again in a moment"
        super().__init__(WireError(code="model_loading", message=message, retryable=True), 503)
