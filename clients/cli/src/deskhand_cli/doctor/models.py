"""The models: whether they are there, and are what their cards say."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import httpx
from deskhand_serving.speech_models import missing_files, whisper_folder

from .findings import Finding, Patient, ok, problem, warning

ASK_TIMEOUT_S = 3.0
_RESTORE = "Get the folder again: `git checkout -- models` in the checkout, or set another folder."


def planner(patient: Patient) -> Iterable[Finding]:
    """The engine, and the one that steps in for it."""
    engines = {patient.value("planner", "engine"), patient.value("planner", "fallback")}
    if "embedded" in engines:
        yield from _folder(patient, "planner")
    if "gguf" in engines:
        yield _gguf(patient.value("planner", "gguf_path"))
    if "openai" in engines:
        yield _server(str(patient.value("planner", "openai_base_url")))


def _gguf(path: str | None) -> Finding:
    """Only whether it is one: to load it takes as long as a start."""
    try:
        with Path(path or "").expanduser().open("rb") as file:
            if file.read(4) == b"GGUF":
                return ok("model of planner", f"the chat model {path}")
    except OSError:
        pass
    return problem(
        "model of planner",
        f"planner.gguf_path ({path}) is no GGUF that can be read",
        "deskhand config set planner.gguf_path FILE",
    )


def toolrag(patient: Patient) -> Iterable[Finding]:
    yield from _folder(patient, "toolrag")


def _folder(patient: Patient, service: str) -> Iterable[Finding]:
    given = patient.value(service, "model_path")
    if given is None:
        return
    folder = Path(given).expanduser()
    what = f"model of {service}"
    try:
        card: dict[str, Any] = json.loads((folder / f"{service}.json").read_text(encoding="utf-8"))
        files: dict[str, dict[str, Any]] = card.get("files", {})
    except (OSError, ValueError, AttributeError) as error:
        yield problem(what, f"{folder} holds no model that can be read ({type(error).__name__})", _RESTORE)
        return
    wrong = [name for name, about in files.items() if _digest(folder / name) != about.get("sha256")]
    if wrong:
        yield problem(what, f"{', '.join(wrong)} in {folder} is missing, or not what its card says", _RESTORE)
    elif not files:
        yield warning(what, f"The card in {folder} names no files: nobody can say whether they are whole", _RESTORE)
    else:
        yield ok(what, f"{folder}, {len(files)} files as the card says")


def _digest(path: Path) -> str | None:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return None


def _server(url: str) -> Finding:
    try:
        status = httpx.get(f"{url.rstrip('/')}/models", timeout=ASK_TIMEOUT_S, trust_env=False).status_code
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return problem(
            "model of planner",
            f"{url} does not answer ({type(error).__name__})",
            "Start that server, or go back: deskhand config set planner.engine embedded",
        )
    return ok("model of planner", f"the server {url} answers (status {status})")


def speech(patient: Patient) -> Iterable[Finding]:
    name, given = patient.value("stt", "model"), patient.value("stt", "model_path")
    if name is None:
        return
    folder = Path(given).expanduser() if given else whisper_folder(patient.home, name)
    lacking = missing_files(folder)
    if not lacking:
        yield ok("voice", f"Whisper in {folder}")
    elif given:
        yield problem("voice", f"{folder} is no Whisper: it has no {', '.join(lacking)}", "Set stt.model_path anew.")
    elif patient.value("stt", "download"):
        yield warning(
            "voice", f"No Whisper is here; {name} is fetched at the first recording", f"deskhand models pull {name}"
        )
    else:
        yield warning("voice", "No Whisper is here, and none may be fetched", f"deskhand models pull {name}")
