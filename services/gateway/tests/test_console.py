"""The web console's page and assets, as the gateway serves them; the settings that it shows."""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path

import httpx
import pytest

from .conftest import MakeStack, Stack


def anonymous(stack: Stack, **headers: str) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=stack.url, headers=headers, trust_env=False)


def assets_of(page: str) -> list[str]:
    return re.findall(r'"(/console/[^"]+)"', page)


async def test_the_page_and_all_that_it_names_need_no_key(shared: Stack) -> None:
    async with anonymous(shared) as http:
        page = await http.get("/")
        assert page.status_code == 200
        assert page.headers["content-type"] == "text/html; charset=utf-8"
        names = assets_of(page.text)
        assert any(name.endswith("/main.js") for name in names)
        for name in names:
            asset = await http.get(name)
            kind = {"js": "text/javascript; charset=utf-8", "svg": "image/svg+xml"}
            assert asset.status_code == 200
            assert asset.headers["content-type"] == kind[name.rpartition(".")[2]]


async def test_every_module_that_is_imported_is_served(shared: Stack) -> None:
    async with anonymous(shared) as http:
        open_ = [name for name in assets_of((await http.get("/")).text) if name.endswith(".js")]
        folder, seen = open_[0].rpartition("/")[0], set(open_)
        while open_:
            module = await http.get(open_.pop())
            assert module.status_code == 200
            imported = {f"{folder}/{name}" for name in re.findall(r'from "\./(\w+\.js)"', module.text)} - seen
            seen |= imported
            open_ += imported
    assert len(seen) > 10


async def test_pages_are_strict_about_what_runs_and_who_frames_them(shared: Stack) -> None:
    async with anonymous(shared) as http:
        page = await http.get("/")
        asset = await http.get(assets_of(page.text)[0])
    for headers in (page.headers, asset.headers):
        policy = headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; ")
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"


async def test_what_stands_inline_is_let_pass_by_its_digest_and_nothing_else(shared: Stack) -> None:
    async with anonymous(shared) as http:
        page = await http.get("/")
    policy = dict(rule.split(" ", 1) for rule in page.headers["content-security-policy"].split("; "))
    for tag, sources in (("style", "style-src"), ("script", "script-src")):
        inline = re.findall(rf"<{tag}>(.*?)</{tag}>", page.text, re.DOTALL)
        digests = [base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in inline]
        assert re.findall(r"'sha256-([^']+)'", policy[sources]) == digests != []


async def test_the_page_is_asked_for_again_and_the_assets_are_kept(shared: Stack) -> None:
    async with anonymous(shared) as http:
        page = await http.get("/")
        asset = await http.get(assets_of(page.text)[0])
        assert page.headers["cache-control"] == "no-cache"
        assert "immutable" in asset.headers["cache-control"]
        for answer in (page, asset):
            again = await http.get(answer.url.path, headers={"If-None-Match": f'"x", {answer.headers["etag"]}'})
            assert (again.status_code, again.content) == (304, b"")
            head = await http.head(answer.url.path)
            assert (head.status_code, head.content) == (200, b"")


@pytest.mark.parametrize(
    "path", ["/console/", "/console/{version}/", "/console/{version}/nothing.js", "/console/0/main.js"]
)
async def test_what_is_no_asset_is_404(shared: Stack, path: str) -> None:
    async with anonymous(shared) as http:
        version = assets_of((await http.get("/")).text)[0].split("/")[2]
        assert (await http.get(path.format(version=version))).status_code == 404


@pytest.mark.parametrize(
    "path", ["/console/../v1/models", "/console/%2e%2e/v1/models", "/console", "//", "/index.html"]
)
async def test_no_path_leads_past_the_key(shared: Stack, path: str) -> None:
    async with anonymous(shared) as http:
        answer = await http.get(httpx.URL(shared.url).copy_with(raw_path=path.encode()))
    assert answer.status_code in (401, 404)
    assert "deskhand-plan" not in answer.text


async def test_another_host_name_gets_no_page(shared: Stack) -> None:
    async with anonymous(shared, Host="evil.example") as http:
        assert (await http.get("/")).status_code == 403


async def test_settings_are_shown_with_their_source_and_without_secrets(make_stack: MakeStack, tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "config.toml").write_text("[gateway]\nmax_running_nodes = 3\n")
    stack = make_stack(internal_token="t0ken-of-mine")
    async with stack.http() as http:
        answer = await http.get("/v1/settings")
        del http.headers["Authorization"]
        assert (await http.get("/v1/settings")).status_code == 401
    assert answer.json()["service"] == "gateway"
    settings = {entry["name"]: entry for entry in answer.json()["data"]}
    assert (settings["max_running_nodes"]["value"], settings["max_running_nodes"]["source"]) == (3, "config.toml")
    assert settings["host"]["source"] == "default"
    assert "t0ken-of-mine" not in answer.text
