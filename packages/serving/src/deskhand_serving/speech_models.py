"""Where Whisper's models come from and lie: for the service that runs them and the command that pulls them."""

from __future__ import annotations

from pathlib import Path

WHISPER_SIZES = (
    "tiny", "tiny.en", "base", "base.en", "small", "small.en", "medium", "medium.en", "large-v3", "large-v3-turbo",
)  # fmt: skip
WHISPER_FILES: tuple[str, ...] = (
    "config.json",
    "model.bin",
    "preprocessor_config.json",
    "tokenizer.json",
    "vocabulary.*",
)
"""What faster-whisper reads of a repository, as patterns."""

_NEEDED = ("config.json", "model.bin", "tokenizer.json")
_PREFIX = "whisper-"
_REPOSITORIES = {"large-v3-turbo": "mobiuslabsgmbh/faster-whisper-large-v3-turbo"}


def whisper_repository(name: str) -> str:
    """The hub's repository of a size ("base", "whisper-base") or "owner/name". Raises ValueError for another name."""
    size = name.removeprefix(_PREFIX)
    if size in WHISPER_SIZES:
        return _REPOSITORIES.get(size, f"Systran/faster-whisper-{size}")
    if name.count("/") == 1 and all(part.strip(".") for part in name.split("/")):
        return name
    raise ValueError(f"{name!r} is no Whisper: give a size ({', '.join(WHISPER_SIZES)}) or owner/name on the hub")


def whisper_folder(home: Path, name: str) -> Path:
    """Where the model lies once it is pulled: `models/whisper-base` in the home."""
    size = name.removeprefix(_PREFIX)
    return home / "models" / (f"{_PREFIX}{size}" if size in WHISPER_SIZES else name.rpartition("/")[2])


def missing_files(folder: Path) -> list[str]:
    """What a folder lacks to be a Whisper of CTranslate2; a download puts model.bin there only when it is whole."""
    return [name for name in _NEEDED if not (folder / name).is_file()]
