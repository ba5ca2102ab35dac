"""The OpenAPI document: it is what docs/openapi.json says, and the running gateway keeps to it whatever it is sent."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest
from deskhand_cli.testing import stack_environment
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from .conftest import ROOT, Desk

PINNED = ROOT / "docs" / "openapi.json"
BOUNDED = settings(
    max_examples=15,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
    derandomize=True,
    database=None,
)

BODIES: dict[str, bytes] = {
    "empty": b"",
    "truncated": b'{"model": "deskhand", "messages": [{"role": "us',
    "deep arrays": b'{"messages": ' + b"[" * 100_000,
    "deep objects": b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
    "huge": b'{"model": "deskhand", "messages": [{"role": "user", "content": "' + b"x" * 2_000_000 + b'"}]}',
    "huge number": b'{"model": "deskhand", "n": ' + b"9" * 50_000 + b', "messages": []}',
    "not UTF-8": b'{"model": "\xff\xfe"}',
    "lone surrogate": b'{"model": "deskhand", "messages": [{"role": "user", "content": "\\ud800"}]}',
    "NaN": b'{"model": NaN}',
    "scalar": b"5",
}


def test_the_pinned_document_is_what_the_gateway_serves(desk: Desk, tmp_path: Path) -> None:
    made = subprocess.run(
        [sys.executable, "-m", "deskhand_gateway.openapi"],
        capture_output=True,
        text=True,
        check=True,
        env=stack_environment(tmp_path),
    ).stdout
    again = "run `.venv/bin/python -m deskhand_gateway.openapi > docs/openapi.json`"
    assert made == PINNED.read_text(), again
    served = httpx.get(
        f"{desk.base_url.removesuffix('/v1')}/openapi.json",
        headers={"Authorization": f"Bearer {desk.key}"},
        trust_env=False,
    )
    assert served.json() == json.loads(made)


PATHS: dict[str, dict[str, Any]] = json.loads(PINNED.read_text())["paths"]
WITH_BODY = [path for path, methods in PATHS.items() if "requestBody" in methods.get("post", {})]


def operations() -> list[tuple[str, str]]:
    return [(method.upper(), path) for path, methods in PATHS.items() for method in methods]


@pytest.mark.parametrize("path", WITH_BODY)
@pytest.mark.parametrize("kind", ["application/json", "multipart/form-data; boundary=x", "text/plain"])
def test_broken_bodies_are_refused(desk: Desk, path: str, kind: str) -> None:
    with sender(desk) as http:
        for name, body in BODIES.items():
            answer = http.post(path.replace("{id}", "run_none"), content=body, headers={"Content-Type": kind})
            assert 400 <= answer.status_code < 500, (name, answer.text[:200])
            assert answer.json()["error"]["message"], name


@pytest.mark.parametrize("path", WITH_BODY)
def test_random_bytes_are_refused(desk: Desk, path: str) -> None:
    with sender(desk) as http:

        @BOUNDED
        @given(st.binary(max_size=300))
        def send(body: bytes) -> None:
            for kind in ("application/json", "multipart/form-data; boundary=x"):
                answer = http.post(path.replace("{id}", "run_none"), content=body, headers={"Content-Type": kind})
                assert 400 <= answer.status_code < 500, answer.text[:200]

        send()


def sender(desk: Desk) -> httpx.Client:
    return httpx.Client(
        base_url=desk.base_url.removesuffix("/v1"),
        headers={"Authorization": f"Bearer {desk.key}"},
        timeout=60,
        trust_env=False,
    )


@pytest.mark.parametrize(("method", "path"), operations())
def test_what_the_document_allows_gets_what_it_promises(desk: Desk, method: str, path: str) -> None:
    """schemathesis makes requests of the document, right and wrong ones."""
    schemathesis = pytest.importorskip(
        "schemathesis", reason="schemathesis is not installed; `make conformance` installs it"
    )
    from schemathesis.checks import not_a_server_error
    from schemathesis.specs.openapi import checks

    schema = schemathesis.openapi.from_path(PINNED)
    operation = schema[path][method]
    held = [
        not_a_server_error,
        checks.status_code_conformance,
        checks.content_type_conformance,
        checks.response_schema_conformance,
    ]

    @BOUNDED
    @given(case=operation.as_strategy())
    def call(case: Any) -> None:
        case.call_and_validate(
            base_url=desk.base_url.removesuffix("/v1"),
            headers={"Authorization": f"Bearer {desk.key}"},
            checks=held,
            timeout=60,
        )

    call()
