"""The repository as a whole: ports agree, the makefile keeps what the README promises."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from deskhand_contract.services import DEFAULT_PORTS

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("service", DEFAULT_PORTS)
def test_a_service_listens_where_the_contract_says(service: str, tmp_path: Path) -> None:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("DESKHAND_")}
    shown = subprocess.run(
        [sys.executable, "-m", f"deskhand_{service}", "--settings"],
        env={**clean, "DESKHAND_HOME": str(tmp_path)},
        capture_output=True,
        check=True,
    )
    settings = {setting["name"]: setting["value"] for setting in json.loads(shown.stdout)}
    assert (settings["host"], settings["port"]) == ("127.0.0.1", DEFAULT_PORTS[service])


@pytest.mark.parametrize("readme", ["README.md", "training/README.md"])
def test_the_readme_names_only_targets_that_the_makefile_has(readme: str) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"(?:`|^)make ([a-z-]+)", (ROOT / readme).read_text(), re.MULTILINE))
    assert named
    assert named <= targets
