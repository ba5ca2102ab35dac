"""docker-compose.yml and the Dockerfile, as far as they can be checked without an engine."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from deskhand_contract.services import DEFAULT_PORTS

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]


def dockerfile() -> str:
    return (ROOT / "docker" / "Dockerfile").read_text()


def test_each_service_has_an_image_of_its_own(services: dict[str, Any]) -> None:
    assert set(services) == set(DEFAULT_PORTS)
    assert {service["build"]["target"] for service in services.values()} == set(DEFAULT_PORTS)
    assert len({service["image"] for service in services.values()}) == len(DEFAULT_PORTS)


def test_only_the_gateway_is_published_and_only_on_the_loopback_interface(services: dict[str, Any]) -> None:
    assert {name: service["ports"] for name, service in services.items() if "ports" in service} == {
        "gateway": ["127.0.0.1:${DESKHAND_PORT:-8710}:8710"]
    }


def test_services_run_without_privileges_on_a_read_only_root(services: dict[str, Any]) -> None:
    for service in services.values():
        assert service["user"] == "10001:10001"
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]


def test_every_service_is_checked_on_its_own_port(services: dict[str, Any]) -> None:
    for name, service in services.items():
        kind, program, _, code = service["healthcheck"]["test"]
        assert (kind, program) == ("CMD", "python")
        assert f"127.0.0.1:{DEFAULT_PORTS[name]}/healthz" in code


def test_the_gateway_is_told_where_the_others_are(services: dict[str, Any]) -> None:
    environment = services["gateway"]["environment"]
    for name in DEFAULT_PORTS.keys() - {"gateway"}:
        assert environment[f"DESKHAND_GATEWAY_{name.upper()}_URL"] == f"http://{name}:{DEFAULT_PORTS[name]}"
        assert services[name]["environment"][f"DESKHAND_{name.upper()}_HOST"] == "0.0.0.0"


def test_no_stack_starts_without_a_token_between_the_services(services: dict[str, Any]) -> None:
    for service in services.values():
        assert service["environment"]["DESKHAND_INTERNAL_TOKEN"].startswith("${DESKHAND_INTERNAL_TOKEN:?")


def test_the_home_is_a_volume(services: dict[str, Any]) -> None:
    home = re.search(r"DESKHAND_HOME=(\S+)", dockerfile())
    assert home
    for service in services.values():
        assert service["volumes"] == [f"${{DESKHAND_DATA:-home}}:{home[1]}"]


def test_the_dockerfile_has_a_target_for_each_service_that_runs_as_another_user() -> None:
    targets = re.findall(r"^FROM runtime AS (\w+)$", dockerfile(), re.MULTILINE)
    assert set(targets) == set(DEFAULT_PORTS)
    for name in targets:
        assert f'CMD ["python", "-m", "deskhand_{name}"]' in dockerfile()
        assert f"--package deskhand-{name}" in dockerfile()
    assert re.findall(r"^USER (\S+)$", dockerfile(), re.MULTILINE)[-1] == "10001:10001"


def test_what_the_dockerfile_copies_is_in_the_build_context() -> None:
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", dockerfile(), re.MULTILINE)
    for source in (word for words in copied for word in words.split()):
        assert any(line.startswith("!") and f"{source}/".startswith(f"{line[1:]}/") for line in ignored)


def test_docker_compose_takes_the_file() -> None:
    docker = shutil.which("docker")
    if not docker or subprocess.run([docker, "compose", "version"], capture_output=True, check=False).returncode:
        pytest.skip("docker compose is not installed")
    subprocess.run(
        [docker, "compose", "config", "--quiet"],
        cwd=ROOT,
        env={**os.environ, "DESKHAND_INTERNAL_TOKEN": "x"},
        check=True,
    )
