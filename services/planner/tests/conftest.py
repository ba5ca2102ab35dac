"""A chat model of a few kilobytes with random weights for each test that asks for one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from deskhand_planner.testing import write_tiny_gguf

TinyGguf = Callable[..., Path]


@pytest.fixture
def tiny_gguf(tmp_path: Path) -> TinyGguf:
    def write(seed: int = 0, *, context: int = 4096, chat_template: str | None = None) -> Path:
        path = tmp_path / f"tiny-{seed}-{context}.gguf"
        return write_tiny_gguf(path, seed, context=context, chat_template=chat_template)

    return write
