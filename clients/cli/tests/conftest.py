from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
from deskhand_cli.testing import RunningStack, StackStarter, running_stack


@pytest.fixture
def fakes() -> dict[str, str]:
    """The environment in which stand-ins are found before the real services."""
    return {"PYTHONPATH": str(Path(__file__).parent / "fakes")}


@pytest.fixture
def fake_stack(tmp_path: Path, fakes: dict[str, str]) -> StackStarter:
    """Starts `deskhand up` with stand-ins for the services; keywords are their modes: planner="refuses"."""

    @contextmanager
    def start(environment: Mapping[str, str] | None = None, **modes: str) -> Iterator[RunningStack]:
        given = {f"FAKE_{name.upper()}": mode for name, mode in modes.items()} | dict(environment or {})
        with running_stack(tmp_path / "home", environment=given | fakes) as stack:
            yield stack

    return start
