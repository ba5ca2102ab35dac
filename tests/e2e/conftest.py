"""One stack for the session, on a home with sample data; tests that break a stack start one of their own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
from deskhand_cli.testing import RunningStack, StackStarter, running_stack
from openai import OpenAI

ENVIRONMENT = {
    "DESKHAND_EXECUTOR_OPEN_FILES": "false",
    "DESKHAND_STT_MODEL_PATH": str(Path(__file__).parents[1] / "fixtures" / "whisper-micro"),
}
"""Nothing pops up on the desktop of whoever runs the tests; speech is heard by a Whisper of a few megabytes."""


def make_sample(home: Path) -> None:
    subprocess.run([sys.executable, "-m", "deskhand_executor.sample", str(home)], check=True, capture_output=True)


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    home = tmp_path_factory.mktemp("deskhand") / "home"
    make_sample(home)
    with running_stack(home, environment=ENVIRONMENT) as stack:
        yield stack


@pytest.fixture
def own_stack(tmp_path: Path) -> StackStarter:
    """A stack for one test, on an empty home."""

    @contextmanager
    def start(environment: Mapping[str, str] | None = None) -> Iterator[RunningStack]:
        with running_stack(tmp_path / "home", environment=ENVIRONMENT | dict(environment or {})) as stack:
            yield stack

    return start


@pytest.fixture
def client(stack: RunningStack) -> Iterator[OpenAI]:
    with OpenAI(base_url=stack.base_url, api_key=stack.api_key, max_retries=0) as client:
        yield client
