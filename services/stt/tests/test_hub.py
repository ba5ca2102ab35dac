"""The download against a server that answers as the model hub does."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from deskhand_serving.speech_models import WHISPER_SIZES, missing_files, whisper_folder, whisper_repository
from deskhand_serving.testing import running
from deskhand_stt.hub import DownloadStopped, Progress, fetch_from_hub
from fastapi import FastAPI, Request, Response

REPOSITORY = "Systran/faster-whisper-tiny"
COMMIT = "0123456789abcdef0123456789abcdef01234567"
FILES = {
    "config.json": b"{}",
    "model.bin": bytes(range(256)) * 80_000,
    "tokenizer.json": b'{"model": {}}',
    "vocabulary.txt": b"a\nb\n",
    "README.md": b"not needed",
}


class Hub:
    def __init__(self) -> None:
        self.app = FastAPI()
        self.served: list[str] = []
        self.app.add_api_route(f"/api/models/{REPOSITORY}/revision/{{revision}}", self.info)
        self.app.add_api_route(f"/api/models/{REPOSITORY}/tree/{{revision}}", self.tree)
        self.app.add_api_route(f"/{REPOSITORY}/resolve/{{revision}}/{{name}}", self.resolve, methods=["GET", "HEAD"])

    async def info(self, revision: str) -> dict[str, object]:
        return {"id": REPOSITORY, "sha": COMMIT, "siblings": [{"rfilename": name} for name in FILES]}

    async def tree(self, revision: str) -> list[dict[str, object]]:
        return [
            {"type": "file", "path": name, "size": len(content), "oid": hashlib.sha1(content).hexdigest()}
            for name, content in FILES.items()
        ]

    async def resolve(self, revision: str, name: str, request: Request) -> Response:
        content = FILES[name]
        headers = {"ETag": f'"{hashlib.sha1(content).hexdigest()}"', "X-Repo-Commit": COMMIT}
        if request.method == "HEAD":
            return Response(headers=headers | {"Content-Length": str(len(content))})
        self.served.append(name)
        return Response(content, headers=headers)


@pytest.fixture
def hub() -> Hub:
    return Hub()


@pytest.fixture
def endpoint(hub: Hub) -> Iterator[str]:
    with running(hub.app) as url:
        yield url


def test_download_brings_the_model_and_counts_its_bytes(hub: Hub, endpoint: str, tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    folder = tmp_path / "models" / "whisper-tiny"
    fetch_from_hub(REPOSITORY, folder, lambda here, total: seen.append((here, total)), endpoint)
    assert missing_files(folder) == []
    assert (folder / "model.bin").read_bytes() == FILES["model.bin"]
    assert not (folder / "README.md").exists()
    wanted = sum(len(content) for name, content in FILES.items() if name != "README.md")
    assert max(here for here, _ in seen) == max(total for _, total in seen) == wanted


def test_only_what_is_missing_is_fetched_again(hub: Hub, endpoint: str, tmp_path: Path) -> None:
    for _ in range(2):
        fetch_from_hub(REPOSITORY, tmp_path, lambda here, total: None, endpoint)
        (tmp_path / "model.bin").unlink()
    assert sorted(hub.served) == sorted(["model.bin", *(name for name in FILES if name != "README.md")])


def test_stopped_download_leaves_no_half_model_and_can_be_taken_up(hub: Hub, endpoint: str, tmp_path: Path) -> None:
    def stop(here: int, total: int) -> None:
        if here > 10_000_000:
            raise DownloadStopped("stop")

    with pytest.raises(DownloadStopped):
        fetch_from_hub(REPOSITORY, tmp_path, stop, endpoint)
    assert "model.bin" in missing_files(tmp_path)
    fetch_from_hub(REPOSITORY, tmp_path, lambda here, total: None, endpoint)
    assert (tmp_path / "model.bin").read_bytes() == FILES["model.bin"]


def test_download_without_a_hub_is_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(OSError, match=r"."):
        fetch_from_hub(REPOSITORY, tmp_path / "new", lambda here, total: None, "http://127.0.0.1:9")


def test_progress_is_logged_every_tenth_and_ends_when_stopped(caplog: pytest.LogCaptureFixture) -> None:
    progress = Progress("whisper-tiny")
    assert str(progress) == "whisper-tiny is being downloaded"
    with caplog.at_level("INFO"):
        for here in range(0, 101, 2):
            progress.report(here * 1_000_000, 100_000_000)
    assert caplog.messages == [f"downloading whisper-tiny: {percent} %" for percent in range(10, 101, 10)]
    assert str(progress) == "whisper-tiny is being downloaded (100 of 100 MB)"
    progress.stop()
    with pytest.raises(DownloadStopped):
        progress.report(1, 2)


@pytest.mark.parametrize(
    ("name", "repository", "folder"),
    [
        ("base", "Systran/faster-whisper-base", "whisper-base"),
        ("whisper-base", "Systran/faster-whisper-base", "whisper-base"),
        ("large-v3-turbo", "mobiuslabsgmbh/faster-whisper-large-v3-turbo", "whisper-large-v3-turbo"),
        ("me/my-whisper", "me/my-whisper", "my-whisper"),
    ],
)
def test_names_of_models(name: str, repository: str, folder: str, tmp_path: Path) -> None:
    assert whisper_repository(name) == repository
    assert whisper_folder(tmp_path, name) == tmp_path / "models" / folder


@pytest.mark.parametrize("name", ["", "huge", "a/b/c", "../..", "/etc"])
def test_other_names_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match=WHISPER_SIZES[0]):
        whisper_repository(name)
