from __future__ import annotations

import asyncio
import shutil
import threading
from pathlib import Path

import pytest
from deskhand_serving.errors import ServiceFailure
from deskhand_serving.testing import running
from deskhand_stt.app import create_app
from deskhand_stt.hub import Report
from deskhand_stt.settings import SttSettings
from pydantic import ValidationError

from .conftest import MICRO, RECORDINGS, Serve, detail, recorded, transcribe

LATE = recorded("late.mp3")
WORDS = RECORDINGS["late.mp3"]
WAIT_S = 20.0


class Hub:
    """Gives the micro model for any name: half of it at once, the rest when `gate` opens."""

    def __init__(self, *, open: bool = True) -> None:
        self.asked: list[str] = []
        self.half = threading.Event()
        self.gate = threading.Event()
        if open:
            self.gate.set()

    def fetch(self, repository: str, folder: Path, report: Report) -> None:
        self.asked.append(repository)
        report(2_000_000, 4_000_000)
        self.half.set()
        assert self.gate.wait(WAIT_S)
        report(4_000_000, 4_000_000)
        shutil.copytree(MICRO, folder, ignore=shutil.ignore_patterns("audio"))


def unreachable(repository: str, folder: Path, report: Report) -> None:
    raise ConnectionError("no route to host")


def half_there(repository: str, folder: Path, report: Report) -> None:
    """What the hub's client does without a network when a download was cut off before."""
    folder.mkdir(parents=True)
    (folder / "config.json").write_text("{}")


async def failure(url: str) -> ServiceFailure:
    with pytest.raises(ServiceFailure) as caught:
        await transcribe(url, LATE)
    return caught.value


async def test_model_path_comes_from_the_settings(
    tmp_path: Path, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DESKHAND_HOME", str(tmp_path))
    monkeypatch.setenv("DESKHAND_STT_MODEL_PATH", str(MICRO))
    with running(create_app(SttSettings())) as url:
        assert await detail(url) == "whisper-micro is here and is loaded at the first recording"
        assert (await transcribe(url, LATE)).text == WORDS
        assert await detail(url) == "whisper-micro is loaded"


async def test_missing_model_names_the_command_that_fetches_it(serve: Serve, tmp_path: Path) -> None:
    url = serve(model_path=None, download=False)
    error = await failure(url)
    assert (error.status, error.error.code) == (503, "model_missing")
    assert "`deskhand models pull base`" in error.error.message
    assert str(tmp_path / "models" / "whisper-base") in error.error.message
    assert "`deskhand models pull base`" in await detail(url)


async def test_model_path_without_a_model_says_what_lacks(serve: Serve, tmp_path: Path) -> None:
    url = serve(model_path=tmp_path)
    error = await failure(url)
    assert error.error.code == "model_missing"
    assert f"stt.model_path is {tmp_path}, a folder without config.json, model.bin, tokenizer.json" in await detail(url)


async def test_folder_that_whisper_cannot_load_is_named(serve: Serve, tmp_path: Path) -> None:
    for name in ("config.json", "model.bin", "tokenizer.json"):
        (tmp_path / name).write_bytes(b"{}")
    error = await failure(serve(model_path=tmp_path))
    assert (error.status, error.error.code) == (503, "model_broken")
    assert str(tmp_path) in error.error.message


async def test_missing_model_is_downloaded_at_the_first_recording(
    serve: Serve, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    hub = Hub()
    url = serve(hub.fetch, model_path=None, model="small.en")
    assert "is downloaded at the first recording" in await detail(url)
    with caplog.at_level("INFO", "deskhand_stt"):
        assert (await transcribe(url, LATE)).text == WORDS
    assert (await transcribe(url, LATE)).text == WORDS
    assert hub.asked == ["Systran/faster-whisper-small.en"]
    assert (tmp_path / "models" / "whisper-small.en" / "model.bin").is_file()
    assert "downloading whisper-small.en: 50 %" in caplog.messages


async def test_download_that_takes_long_goes_on_while_the_client_is_told(serve: Serve) -> None:
    hub = Hub(open=False)
    url = serve(hub.fetch, model_path=None, download_wait_s=0)
    first = await failure(url)
    assert await asyncio.to_thread(hub.half.wait, WAIT_S)
    second = await failure(url)
    hub.gate.set()
    assert {first.error.code, second.error.code} == {"model_loading"}
    assert second.error.retryable
    assert "whisper-base is being downloaded (2 of 4 MB)" in second.error.message
    assert len(hub.asked) == 1


async def test_recordings_wait_for_one_download_together(serve: Serve) -> None:
    hub = Hub(open=False)
    url = serve(hub.fetch, model_path=None)
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(transcribe(url, LATE)) for _ in range(3)]
        assert await asyncio.to_thread(hub.half.wait, WAIT_S)
        assert "being downloaded" in await detail(url)
        hub.gate.set()
    assert [task.result().text for task in tasks] == [WORDS] * 3
    assert len(hub.asked) == 1


@pytest.mark.parametrize("fetch", [unreachable, half_there])
async def test_without_a_network_the_error_says_how_to_get_the_model(serve: Serve, fetch: object) -> None:
    error = await failure(serve(fetch, model_path=None))
    assert (error.status, error.error.code) == (503, "model_missing")
    assert "cannot be downloaded" in error.error.message
    assert "`deskhand models pull base` where there is a network" in error.error.message


async def test_next_recording_tries_the_download_again(serve: Serve) -> None:
    hub, failed = Hub(), threading.Event()

    def once_unreachable(repository: str, folder: Path, report: Report) -> None:
        if not failed.is_set():
            failed.set()
            unreachable(repository, folder, report)
        hub.fetch(repository, folder, report)

    url = serve(once_unreachable, model_path=None)
    assert (await failure(url)).error.code == "model_missing"
    assert (await transcribe(url, LATE)).text == WORDS


def test_model_that_is_no_whisper_is_refused_in_the_settings(tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match="give a size"):
        SttSettings(home=tmp_path, model="enormous")
