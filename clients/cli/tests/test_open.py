"""`deskhand open`: how the key gets to the browser, and to nobody else."""

from __future__ import annotations

import re
import stat
from pathlib import Path
from urllib.parse import unquote, urlsplit
from urllib.request import url2pathname

from deskhand_cli.exits import Exit
from deskhand_cli.testing import StackStarter, run_cli, stack_environment


def test_the_browser_is_led_to_the_console_and_its_arguments_do_not_have_the_key(
    fake_stack: StackStarter, tmp_path: Path
) -> None:
    asked = tmp_path / "asked"
    browser = tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" >"{asked}"\n')
    browser.chmod(0o755)
    with fake_stack() as stack:
        done = run_cli("open", environment={**stack.environment, "BROWSER": f"{browser} %s"})
        assert done.returncode == Exit.DONE, done.stderr
        console, key = stack.base_url.removesuffix("v1"), stack.api_key
    assert done.stdout == f"The console is at {console}\n"
    assert key not in asked.read_text()
    page = Path(url2pathname(urlsplit(asked.read_text().strip()).path))
    assert stat.S_IMODE(page.stat().st_mode) == 0o600
    address = re.search(r'content="0; url=([^"]+)"', page.read_text())
    assert address
    assert address[1].startswith(f"{console}#key=")
    assert unquote(urlsplit(address[1]).fragment) == f"key={key}"


def test_the_address_is_printed_on_request(fake_stack: StackStarter) -> None:
    with fake_stack() as stack:
        done = stack.cli("open", "--print")
        assert done.stdout == f"{stack.base_url.removesuffix('v1')}#key={stack.api_key}\n"
        assert not (stack.home / "console.html").exists()


def test_a_machine_without_a_browser_is_told_what_to_do(fake_stack: StackStarter, tmp_path: Path) -> None:
    nothing = {"PATH": str(tmp_path), "DISPLAY": "", "WAYLAND_DISPLAY": "", "BROWSER": ""}
    with fake_stack() as stack:
        done = run_cli("open", environment={**stack.environment, **nothing})
        assert done.returncode == Exit.FAILED
        assert "--print" in done.stderr


def test_opening_what_does_not_run_says_how_to_start_it(tmp_path: Path) -> None:
    done = run_cli("open", environment=stack_environment(tmp_path, {"DESKHAND_GATEWAY_PORT": "9"}))
    assert done.returncode == Exit.NOT_RUNNING
    assert "deskhand up" in done.stderr
