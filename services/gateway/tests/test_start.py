"""The start of the gateway: its key, its settings, nothing done too early."""

from __future__ import annotations

import logging
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from deskhand_gateway.app import create_app
from deskhand_gateway.auth import UnusableKeyFile, load_or_create_api_key
from deskhand_gateway.settings import GatewaySettings

from .conftest import Stack


def test_key_is_made_at_first_start_for_its_owner_only_and_kept(tmp_path: Path) -> None:
    path = tmp_path / "new" / "api_key"
    key = load_or_create_api_key(path)
    assert key.startswith("dk-")
    assert len(key) >= 43
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert load_or_create_api_key(path) == key
    assert os.listdir(path.parent) == ["api_key"]


def test_gateways_that_start_together_agree_on_the_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as threads:
        keys = set(threads.map(lambda _: load_or_create_api_key(tmp_path / "api_key"), range(32)))
    assert len(keys) == 1


def test_key_that_others_may_read_is_closed(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "api_key"
    path.write_text("dk-mine\n")
    path.chmod(0o644)
    with caplog.at_level(logging.WARNING):
        assert load_or_create_api_key(path) == "dk-mine"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert "readable by others" in caplog.text
    assert "dk-mine" not in caplog.text


@pytest.mark.parametrize("content", ["", "\n", "two words", "dk-é"])
def test_file_without_a_usable_key_says_what_to_do(tmp_path: Path, content: str) -> None:
    path = tmp_path / "api_key"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(UnusableKeyFile, match="delete it"):
        load_or_create_api_key(path)


def test_making_the_app_touches_nothing(tmp_path: Path) -> None:
    create_app(GatewaySettings(home=tmp_path / "home"))
    assert not (tmp_path / "home").exists()


async def test_running_gateway_has_made_its_key(stack: Stack) -> None:
    path = stack.home / "api_key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    async with stack.http() as http:
        assert (await http.get("/v1/models")).status_code == 200


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DESKHAND_GATEWAY_PORT", "9710")
    monkeypatch.setenv("DESKHAND_GATEWAY_ALLOWED_HOSTS", '["desk.lan"]')
    monkeypatch.setenv("DESKHAND_GATEWAY_PLANNER_URL", "http://planner:8712")
    settings = GatewaySettings()
    assert (settings.port, settings.host, settings.allowed_hosts) == (9710, "127.0.0.1", ("desk.lan",))
    assert settings.planner_url == "http://planner:8712"
    assert settings.api_key_path == tmp_path / "home" / "api_key"
