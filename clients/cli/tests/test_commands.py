"""The commands that need no stack, or only look at one."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest
from deskhand_cli.config import with_setting
from deskhand_cli.exits import CliError, Exit
from deskhand_cli.testing import StackStarter, run_cli, stack_environment


def test_help_teaches_every_command_with_an_example(tmp_path: Path) -> None:
    shown = run_cli("--help", environment=stack_environment(tmp_path)).stdout
    for command in ("do", "listen", "up", "open", "status", "dates", "config", "models", "service", "completion"):
        assert f" {command} " in shown
    assert 'deskhand do "' in shown


def test_help_of_do_lists_the_exit_statuses(tmp_path: Path) -> None:
    shown = run_cli("do", "--help", environment=stack_environment(tmp_path)).stdout
    for code in (Exit.NODE_FAILED, Exit.NOTHING_TO_DO, Exit.NOT_RUNNING, Exit.REFUSED, Exit.FAILED):
        assert f" {int(code)}  " in shown


def test_an_unknown_option_is_wrong_usage(tmp_path: Path) -> None:
    assert run_cli("do", "--nonsense", environment=stack_environment(tmp_path)).returncode == Exit.USAGE


def test_dates_counts_what_is_right_and_lists_what_is_wrong(tmp_path: Path) -> None:
    lines = [
        {"id": "a", "now": "2026-03-11T09:30:00", "text": "tomorrow at noon", "iso": "2026-03-12 12:00:00"},
        {"id": "b", "now": "2026-03-11T09:30:00", "text": "tomorrow", "role": "due", "iso": "2026-03-13"},
        {"id": "c", "now": "2026-03-11T09:30:00", "text": "when pigs fly", "role": "start", "iso": None},
        {"id": "d", "now": "2026-03-11T09:30:00", "text": "2pm", "role": "end", "start": "tomorrow at 1pm", "iso": "x"},
    ]
    file = tmp_path / "dates.jsonl"
    file.write_text("\n".join(map(json.dumps, lines)) + "\n\n")
    done = run_cli("dates", str(file), environment=stack_environment(tmp_path))
    assert done.returncode == Exit.DONE
    assert json.loads(done.stdout) == {
        "items": 4,
        "correct": 2,
        "wrong": [
            {"id": "b", "text": "tomorrow", "role": "due", "expected": "2026-03-13", "got": "2026-03-12"},
            {"id": "d", "text": "2pm", "role": "end", "expected": "x", "got": "2026-03-12 14:00:00"},
        ],
    }


def test_a_line_that_is_no_date_item_is_named(tmp_path: Path) -> None:
    file = tmp_path / "dates.jsonl"
    file.write_text('{"id": "a", "now": "2026-03-11T09:30:00", "text": "noon", "iso": "x"}\n{"id": "b"}\n')
    done = run_cli("dates", str(file), environment=stack_environment(tmp_path))
    assert done.returncode == Exit.USAGE
    assert "line 2" in done.stderr


def test_status_without_a_stack_exits_with_its_own_status(tmp_path: Path) -> None:
    done = run_cli("status", "--json", environment=stack_environment(tmp_path, {"DESKHAND_GATEWAY_PORT": "9"}))
    assert done.returncode == Exit.NOT_RUNNING
    assert json.loads(done.stdout) == {"home": str(tmp_path), "ready": False, "pid": None}


def test_status_shows_each_service_with_its_memory(fake_stack: StackStarter) -> None:
    with fake_stack() as stack:
        done = stack.cli("status", "--json")
        found = json.loads(done.stdout)
        assert done.returncode == Exit.DONE
        assert found["base_url"] == stack.base_url
        assert [service["service"] for service in found["services"]] == list(stack.state.services)
        assert all(service["rss_mib"] > 1 and service["version"] == "0.1.0" for service in found["services"])
        assert "Deskhand is ready" in stack.cli("status").stdout


def test_config_shows_where_a_value_comes_from(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text("[gateway]\nmax_running_nodes = 3\n")
    environment = stack_environment(
        tmp_path, {"DESKHAND_GATEWAY_PORT": "9710", "DESKHAND_INTERNAL_TOKEN": "t0ken-of-mine"}
    )
    done = run_cli("config", "--json", environment=environment)
    settings = {entry["name"]: entry for entry in json.loads(done.stdout)["gateway"]}
    assert (settings["port"]["value"], settings["port"]["source"]) == (9710, "environment")
    assert (settings["max_running_nodes"]["value"], settings["max_running_nodes"]["source"]) == (3, "config.toml")
    assert settings["host"]["source"] == "default"
    assert "t0ken-of-mine" not in done.stdout


def test_config_shows_the_other_services_when_one_has_wrong_settings(tmp_path: Path) -> None:
    environment = stack_environment(tmp_path, {"DESKHAND_PLANNER_THREADS": "many"})
    done = run_cli("config", environment=environment)
    assert done.returncode == Exit.FAILED
    assert "planner: The settings of planner are wrong: the setting threads" in done.stdout
    assert "max_running_nodes = 8" in done.stdout


def test_config_set_writes_what_the_service_takes(tmp_path: Path) -> None:
    environment = stack_environment(tmp_path)
    done = run_cli("config", "set", "gateway.port", "9710", environment=environment)
    assert done.returncode == Exit.DONE
    file = tmp_path / "config.toml"
    assert file.read_text() == "[gateway]\nport = 9710\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert run_cli("config", "path", environment=environment).stdout == f"{file}\n"


def test_config_set_keeps_nothing_that_the_service_refuses(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text("# mine\n[gateway]\nport = 9710\n")
    done = run_cli("config", "set", "gateway.port", "99999", environment=stack_environment(tmp_path))
    assert done.returncode == Exit.FAILED
    assert "port" in done.stderr
    assert file.read_text() == "# mine\n[gateway]\nport = 9710\n"


@pytest.mark.parametrize("key", ["port", "nobody.port", "gateway.colour", "gateway.internal_token"])
def test_config_set_of_what_is_no_setting_is_wrong_usage(tmp_path: Path, key: str) -> None:
    done = run_cli("config", "set", key, "1", environment=stack_environment(tmp_path))
    assert done.returncode == Exit.USAGE
    assert not (tmp_path / "config.toml").exists()


def test_settings_keep_comments_and_order() -> None:
    text = "# mine\n[planner]\nthreads = 2  # two cores\n"
    assert with_setting(text, "planner", "threads", "4") == "# mine\n[planner]\nthreads = 4  # two cores\n"
    assert with_setting("", "planner", "model_path", "/models/x y") == '[planner]\nmodel_path = "/models/x y"\n'
    assert with_setting("", "gateway", "allowed_hosts", '["desk"]') == '[gateway]\nallowed_hosts = ["desk"]\n'
    with pytest.raises(CliError):
        with_setting("[", "planner", "threads", "4")


def test_models_lists_what_is_on_disk_with_its_card(tmp_path: Path) -> None:
    folder = tmp_path / "models" / "toolrag"
    folder.mkdir(parents=True)
    (folder / "toolrag.json").write_text('{"recall": 0.99}')
    (folder / "classifier.onnx").write_bytes(bytes(3_000_000))
    pulled = tmp_path / "home" / "models" / "whisper-base"
    pulled.mkdir(parents=True)
    environment = stack_environment(tmp_path / "home", {"DESKHAND_MODELS": str(tmp_path / "models")})
    found = json.loads(run_cli("models", "--json", environment=environment).stdout)
    assert [(model["name"], model["origin"], model["megabytes"]) for model in found] == [
        ("toolrag", "embedded", 3.0),
        ("whisper-base", "pulled", 0.0),
    ]
    assert found[0]["card"] == {"recall": 0.99}
    assert "0.99" in run_cli("models", environment=environment).stdout


def test_pulling_without_a_network_says_what_to_do(tmp_path: Path) -> None:
    environment = stack_environment(tmp_path, {"HF_HUB_OFFLINE": "1"})
    done = run_cli("models", "pull", "base", environment=environment)
    assert done.returncode == Exit.FAILED
    assert "no way to the model hub" in done.stderr
    assert "Traceback" not in done.stderr


def test_pulling_an_unknown_name_lists_the_sizes(tmp_path: Path) -> None:
    done = run_cli("models", "pull", "huge", environment=stack_environment(tmp_path))
    assert done.returncode == Exit.USAGE
    assert "large-v3" in done.stderr
