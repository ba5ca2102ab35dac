"""`deskhand models`: the models that come with Deskhand, and others fetched from the hub."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from deskhand_serving.settings import default_home, models_folder
from deskhand_serving.speech_models import WHISPER_FILES, missing_files, whisper_folder, whisper_repository
from rich.console import Console
from rich.table import Table

from .exits import CliError, Exit

MODELS_FOLDER = "models"
"""In the home: what `deskhand models pull` has fetched."""


@dataclass(frozen=True)
class ModelFolder:
    """A folder of a model. `card` is the JSON beside the weights, empty where there is none."""

    name: str
    path: str
    origin: str
    megabytes: float
    card: dict[str, Any]


def find_models(home: Path) -> list[ModelFolder]:
    """What is on disk: embedded ones first, then what was pulled."""
    found = [_folder(path, "embedded") for path in _folders(models_folder())]
    return found + [_folder(path, "pulled") for path in _folders(home / MODELS_FOLDER)]


def _folders(root: Path) -> list[Path]:
    return sorted(path for path in root.iterdir() if path.is_dir()) if root.is_dir() else []


def _folder(path: Path, origin: str) -> ModelFolder:
    size = sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
    return ModelFolder(path.name, str(path), origin, round(size / 1e6, 1), _card(path))


def _card(path: Path) -> dict[str, Any]:
    """The JSON called after the folder, which the training writes beside the weights."""
    try:
        card = json.loads((path / f"{path.name}.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return card if isinstance(card, dict) else {}


def run_models(as_json: bool) -> Exit:
    models = find_models(default_home())
    if as_json:
        sys.stdout.write(json.dumps([asdict(model) for model in models], ensure_ascii=False) + "\n")
        return Exit.DONE
    console = Console(highlight=False)
    if not models:
        raise CliError(f"There are no models in {models_folder()}.", "Run `make install` in a complete checkout.")
    for model in models:
        table = Table.grid(padding=(0, 2))
        for key, value in model.card.items():
            if isinstance(value, str | int | float) and not isinstance(value, bool):
                table.add_row(f"  {key}", str(value) if len(str(value)) <= 60 else f"{str(value)[:59]}…", style="dim")
        console.print(f"{model.name}  {model.megabytes:g} MB  {model.origin}  {model.path}", style="bold", markup=False)
        console.print(table)
    return Exit.DONE


def run_pull(name: str) -> Exit:
    """Fetch a Whisper ("base", or "owner/name" on the hub) to where the speech service looks. Raises CliError."""
    home = default_home()
    try:
        repository, target = whisper_repository(name), whisper_folder(home, name)
    except ValueError as error:
        raise CliError(f"{error}.", exit=Exit.USAGE) from error
    console = Console(stderr=True, highlight=False)
    console.print(f"Fetching {repository} into {target}", markup=False)
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError, RepositoryNotFoundError

    try:
        snapshot_download(repository, local_dir=target, allow_patterns=list(WHISPER_FILES))
    except RepositoryNotFoundError as error:
        raise CliError(f"The hub has no model {repository}, or it is not public.", exit=Exit.USAGE) from error
    except (LocalEntryNotFoundError, HfHubHTTPError, OSError) as error:
        raise CliError(
            f"{repository} cannot be fetched: there is no way to the model hub from here.",
            f"Fetch it where there is a network, and copy the folder to {target}.",
        ) from error
    lacking = missing_files(target)
    if lacking:
        raise CliError(
            f"{repository} is no Whisper that Deskhand can run: it has no {', '.join(lacking)}.",
            "It takes models in CTranslate2's format, such as Systran/faster-whisper-base.",
            Exit.USAGE,
        )
    console.print(f"Done. To use it: deskhand config set stt.model {name}", markup=False)
    return Exit.DONE
