from __future__ import annotations

import sys
from pathlib import Path

import pytest
from deskhand_executor.backends import create_backend
from deskhand_executor.contact_book import ContactBook
from deskhand_executor.errors import NotConfigured
from deskhand_executor.sample.__main__ import main
from deskhand_executor.settings import ExecutorSettings
from pydantic import ValidationError
from pypdfium2 import PdfDocument


def test_sample_fills_a_home_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    home = tmp_path / "demo"
    assert main([str(home)]) == 0
    assert f"DESKHAND_HOME={home}" in capsys.readouterr().out
    assert main([str(home)]) == 1
    assert "has contacts already" in capsys.readouterr().err
    assert main([]) == 64
    book = ContactBook(lambda: [home / "contacts"])
    assert book.refresh() >= 12
    assert [contact.name for contact in book.find("Dana")] == ["Dana Cole", "Dana Whitfield"]
    pages = [len(PdfDocument(path)) for path in home.rglob("*.pdf")]
    assert len(pages) == 2
    assert min(pages) >= 2


def test_home_decides_where_everything_lies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESKHAND_HOME", str(tmp_path))
    settings = ExecutorSettings()
    assert settings.notes_dir == tmp_path / "notes"
    assert settings.file_roots == (tmp_path / "documents",)
    assert settings.port == 8713


def test_platforms_own_home_adds_the_usual_folders(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DESKHAND_HOME")
    assert len(ExecutorSettings().file_roots) > 1


def test_settings_come_from_the_homes_file_and_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESKHAND_HOME", str(tmp_path))
    (tmp_path / "config.toml").write_text('[executor]\nuser_name = "Ann"\nzoom_client_secret = "hush"\n')
    monkeypatch.setenv("DESKHAND_EXECUTOR_SMS_COMMAND", '["kdeconnect-cli", "{number}"]')
    settings = ExecutorSettings()
    assert (settings.user_name, settings.sms_command) == ("Ann", ("kdeconnect-cli", "{number}"))
    assert "hush" not in repr(settings)
    for wrong in ({"tool_timeout_s": 0}, {"zoom_api_url": "http://api.zoom.us/v2"}):
        with pytest.raises(ValidationError):
            ExecutorSettings(**wrong)


def test_backend_that_this_machine_cannot_have_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NotConfigured, match=r"osascript.*DESKHAND_EXECUTOR_BACKEND"):
        create_backend(ExecutorSettings(home=tmp_path, backend="macos"))


@pytest.mark.usefixtures("mac")
def test_auto_takes_the_platforms_backend(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for platform, backend in (("linux", "openfiles"), ("darwin", "macos")):
        monkeypatch.setattr(sys, "platform", platform)
        assert create_backend(ExecutorSettings(home=tmp_path)).name == backend
