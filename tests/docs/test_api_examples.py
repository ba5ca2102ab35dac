"""The examples of docs/api.md, carried out in their order on sample data; the `text` block behind one shows what it
prints, where … stands for anything."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from deskhand_cli.testing import RunningStack, running_stack

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = ROOT / "docs" / "api.md"
NODE_FOLDER = ROOT / "tests" / "conformance" / "node"
TIMEOUT_S = 100
_BLOCK = re.compile(r"```(sh|python|js)\n(.*?)```\n```text\n(.*?)```", re.DOTALL)


@dataclass(frozen=True)
class Example:
    heading: str
    language: str
    code: str
    prints: tuple[str, ...]


def examples() -> list[Example]:
    text = DOCUMENT.read_text()
    found: list[Example] = []
    for block in _BLOCK.finditer(text):
        heading = re.findall(r"^## (.*)$", text[: block.start()], re.MULTILINE)[-1]
        found.append(Example(heading, block[1], block[2], tuple(block[3].splitlines())))
    return found


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    home = tmp_path_factory.mktemp("docs") / "home"
    subprocess.run([sys.executable, "-m", "deskhand_executor.sample", str(home)], check=True, capture_output=True)
    environment = {
        "DESKHAND_EXECUTOR_OPEN_FILES": "false",
        "DESKHAND_STT_MODEL_PATH": str(ROOT / "tests" / "fixtures" / "whisper-micro"),
    }
    with running_stack(home, environment=environment) as stack:
        yield stack


@pytest.mark.parametrize("example", examples(), ids=lambda example: f"{example.heading}, {example.language}")
def test_example_prints_what_the_document_says(example: Example, stack: RunningStack) -> None:
    environment = {
        **os.environ,
        "DESKHAND_URL": stack.base_url.removesuffix("/v1"),
        "DESKHAND_KEY": stack.api_key,
        "NO_PROXY": "127.0.0.1",
    }
    ran = subprocess.run(
        command(example), cwd=ROOT, capture_output=True, text=True, env=environment, timeout=TIMEOUT_S, check=False
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    for line in example.prints:
        pattern = ".*".join(re.escape(part) for part in line.split("…"))
        assert re.search(pattern, ran.stdout, re.DOTALL), f"{line!r} is not in:\n{ran.stdout}"


def command(example: Example) -> list[str]:
    if example.language == "python":
        return [sys.executable, "-c", example.code]
    if example.language == "sh":
        if shutil.which("curl") is None:
            pytest.skip("there is no curl")
        return ["bash", "-euo", "pipefail", "-c", example.code]
    node = str(ROOT / "build" / "node" / "bin" / "node")
    program = node if Path(node).exists() else shutil.which("node")
    if program is None or not (NODE_FOLDER / "node_modules").is_dir():
        pytest.skip("there is no Node.js, or the npm packages are missing; `make conformance` gets both")
    script = NODE_FOLDER / "node_modules" / ".example.mjs"  # where its imports are found
    script.write_text(example.code)
    return [program, str(script)]


def test_every_example_is_run_and_every_flow_has_one() -> None:
    text = DOCUMENT.read_text()
    assert len(re.findall(r"^```(?:sh|python|js)$", text, re.MULTILINE)) == len(examples())
    assert {example.language for example in examples()} == {"sh", "python", "js"}
