"""`deskhand doctor`: each thing that can be wrong is found, and said with a way out."""

from __future__ import annotations

import json
import os
import shutil
import socket
import stat
from pathlib import Path
from typing import Any

import pytest
from deskhand_cli import doctor
from deskhand_cli.doctor import data, home, machine, models, stack
from deskhand_cli.doctor.findings import Check, Finding, Level, Patient
from deskhand_cli.exits import Exit
from deskhand_cli.testing import StackStarter, run_cli, stack_environment
from deskhand_serving.settings import Setting, models_folder
from deskhand_serving.stack import STATE_FILE, StackState


def patient(folder: Path, stack_pid: int | None = None, **values: dict[str, Any]) -> Patient:
    """A patient whose services have these settings: executor={"mail_dir": ...}."""
    settings = {
        service: [Setting(name, value, "config.toml", "", "") for name, value in given.items()]
        for service, given in values.items()
    }
    return Patient(folder, settings, stack_pid)


def found(check: Check, given: Patient, level: Level) -> list[Finding]:
    findings = [finding for finding in check(given) if finding.level is level]
    assert all(bool(finding.way_out) == (level is not Level.OK) for finding in findings)
    return findings


def only(check: Check, given: Patient, level: Level) -> str:
    (finding,) = found(check, given, level)
    return finding.text


def test_a_healthy_machine_has_no_problem_and_exit_0(tmp_path: Path) -> None:
    told = run_cli("doctor", "--json", environment=stack_environment(tmp_path / "home"))
    report = json.loads(told.stdout)
    problems = [
        finding for finding in report["findings"] if finding["level"] == "problem" and finding["what"] != "ports"
    ]
    assert problems == []
    assert told.returncode == (Exit.PROBLEM if report["problems"] else Exit.DONE)
    assert {"packages", "llama.cpp", "clock", "home", "key", "settings", "model of planner", "mail"} <= {
        finding["what"] for finding in report["findings"]
    }
    assert not (tmp_path / "home").exists()


def test_what_is_wrong_in_the_home_is_named_and_the_exit_status_is_1(tmp_path: Path) -> None:
    folder = tmp_path / "home"
    folder.mkdir(mode=0o755)
    (folder / "api_key").write_text("")
    (folder / "config.toml").write_text('[gatway]\nport = 1\n[executor]\ncolour = "red"\n[stt]\nbeam_size = 99\n')
    (folder / STATE_FILE).write_text("{}")
    told = run_cli("doctor", environment=stack_environment(folder, {"DESKHAND_GATEWAY_PROT": "1"}))
    assert told.returncode == Exit.PROBLEM
    for words in ("holds no key", "[gatway]", "colour", "beam_size", "DESKHAND_GATEWAY_PROT", "chmod 700", "left over"):
        assert words in told.stdout, words
    assert "Traceback" not in told.stdout + told.stderr


def test_a_running_stack_tells_of_its_services_and_what_the_executor_may_use(fake_stack: StackStarter) -> None:
    with fake_stack() as running:
        report = json.loads(running.cli("doctor", "--json").stdout)
    whats = {finding["what"] for finding in report["findings"]}
    assert "ports" not in whats
    assert not [f for f in report["findings"] if f["what"] in ("services", "applications")], report
    by_name = {finding["what"]: finding for finding in report["findings"]}
    assert by_name["Notes"]["level"] == "ok"
    assert (by_name["Mail"]["level"], by_name["Mail"]["way_out"]) == ("problem", "allow Mail in the settings")


def test_a_stack_that_does_not_answer_is_a_problem(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    os.environ["DESKHAND_GATEWAY_PORT"] = str(port)
    try:
        text = only(stack.health, patient(tmp_path, stack_pid=1), Level.PROBLEM)
    finally:
        del os.environ["DESKHAND_GATEWAY_PORT"]
    assert str(port) in text


def test_a_taken_port_names_the_service_that_needs_it(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        given = patient(tmp_path, gateway={"host": "127.0.0.1", "port": port})
        assert "gateway needs it" in only(stack.ports, given, Level.PROBLEM)
    assert only(stack.ports, given, Level.OK).endswith("is free")


@pytest.mark.parametrize("mode", [0o640, 0o604])
def test_a_key_that_others_can_read_is_a_problem(tmp_path: Path, mode: int) -> None:
    (tmp_path / "api_key").write_text("dk-x\n")
    (tmp_path / "api_key").chmod(mode)
    assert "Others may have read" in only(home.key, patient(tmp_path), Level.PROBLEM)
    (tmp_path / "api_key").chmod(0o600)
    assert only(home.key, patient(tmp_path), Level.OK)


def test_secrets_in_a_readable_settings_file_are_a_problem(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text('[executor]\nzoom_client_secret = "s"\n')
    file.chmod(0o644)
    assert "secrets" in only(home.settings, patient(tmp_path), Level.PROBLEM)
    file.chmod(0o600)
    assert found(home.settings, patient(tmp_path), Level.PROBLEM) == []


def test_a_full_disk_is_a_problem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=50 * home.MIB))
    assert "50 MiB" in only(home.home, patient(tmp_path), Level.PROBLEM)


def test_a_home_under_a_file_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert "no folder" in only(home.home, patient(tmp_path / "file" / "home"), Level.PROBLEM)


def test_a_changed_and_a_missing_model_file_are_named(tmp_path: Path) -> None:
    shutil.copytree(models_folder() / "toolrag", tmp_path / "toolrag")
    given = patient(tmp_path, toolrag={"model_path": str(tmp_path / "toolrag")})
    assert found(models.toolrag, given, Level.PROBLEM) == []
    with (tmp_path / "toolrag" / "classifier.onnx").open("ab") as file:
        file.write(b"x")
    assert "classifier.onnx" in only(models.toolrag, given, Level.PROBLEM)
    (tmp_path / "toolrag" / "tokenizer.json").unlink()
    assert "tokenizer.json" in only(models.toolrag, given, Level.PROBLEM)
    (tmp_path / "toolrag" / "toolrag.json").unlink()
    assert "no model" in only(models.toolrag, given, Level.PROBLEM)


def test_a_planner_server_that_is_not_there_is_a_problem(tmp_path: Path) -> None:
    given = patient(tmp_path, planner={"engine": "openai", "openai_base_url": "http://127.0.0.1:9/v1"})
    assert "127.0.0.1:9" in only(models.planner, given, Level.PROBLEM)


def test_voice_without_a_model_says_how_to_get_one(tmp_path: Path) -> None:
    given = patient(tmp_path, stt={"model": "base", "download": True})
    (finding,) = found(models.speech, given, Level.WARNING)
    assert finding.way_out == "deskhand models pull base"
    given = patient(tmp_path, stt={"model": "base", "model_path": str(tmp_path)})
    assert "model.bin" in only(models.speech, given, Level.PROBLEM)


def test_llama_with_amx_on_such_a_processor_is_a_warning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "_cpu_has", lambda flag: flag == "amx_int8")
    monkeypatch.setattr(machine, "_LLAMA_INFO", "print('0.3 AMX_INT8 = 1')")
    assert "AMX" in only(machine.llama, patient(tmp_path), Level.WARNING)
    monkeypatch.setattr(machine, "_LLAMA_INFO", "raise SystemExit('libggml is missing')")
    assert "libggml" in only(machine.llama, patient(tmp_path), Level.PROBLEM)


def test_a_clock_before_the_installation_is_a_problem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine.time, "time", lambda: 0.0)
    assert "before Deskhand" in only(machine.clock, patient(tmp_path), Level.PROBLEM)


def test_a_folder_that_is_no_maildir_is_a_problem(tmp_path: Path) -> None:
    given = patient(tmp_path, executor={"mail_dir": str(tmp_path / "mail"), "user_mail": "me@example.org"})
    assert "becomes a Maildir" in only(data.mail, given, Level.OK)
    (tmp_path / "mail" / "stuff").mkdir(parents=True)
    assert "neither a Maildir" in only(data.mail, given, Level.PROBLEM)
    for name in ("cur", "new", "tmp"):
        (tmp_path / "mail" / "INBOX" / name).mkdir(parents=True)
    assert "is a Maildir" in only(data.mail, given, Level.OK)


def test_files_that_are_no_calendars_and_no_contacts_are_named(tmp_path: Path) -> None:
    for name in ("contacts", "calendars"):
        (tmp_path / name).mkdir()
    (tmp_path / "contacts" / "a.vcf").write_bytes(b"\xef\xbb\xbfBEGIN:VCARD\r\n")
    (tmp_path / "calendars" / "broken.ics").write_text("<html>")
    folders = {"contacts_dir": str(tmp_path / "contacts"), "calendars_dir": str(tmp_path / "calendars")}
    assert "broken.ics" in only(data.folders, patient(tmp_path, executor=folders), Level.WARNING)


def test_a_program_for_texts_has_to_be_there_and_get_both_values(tmp_path: Path) -> None:
    def given(*command: str) -> Patient:
        return patient(tmp_path, executor={"sms_command": list(command)})

    assert "not on the PATH" in only(data.texts, given("no-such-program", "{message}", "{number}"), Level.PROBLEM)
    assert "lacks" in only(data.texts, given("true", "{message}"), Level.PROBLEM)
    assert only(data.texts, given("true", "{message}", "{number}"), Level.OK)


@pytest.mark.parametrize(("says", "level"), [("phone-id", Level.OK), ("", Level.WARNING)])
def test_kdeconnect_is_asked_for_a_phone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, says: str, level: Level
) -> None:
    program = tmp_path / "kdeconnect-cli"
    program.write_text(f"#!/bin/sh\necho '{says}'\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    command = ["kdeconnect-cli", "--send-sms", "{message}", "--destination", "{number}"]
    assert "phone" in only(data.texts, patient(tmp_path, executor={"sms_command": command}), level)


def test_zoom_with_half_of_its_credentials_is_a_problem(tmp_path: Path) -> None:
    zoom: dict[str, Any] = {"meeting_provider": "zoom", "zoom_account_id": "a", "zoom_client_id": ""}
    assert "zoom_client_id" in only(data.meetings, patient(tmp_path, executor=zoom), Level.PROBLEM)
    zoom["zoom_account_id"] = ""
    assert "no credentials" in only(data.meetings, patient(tmp_path, executor=zoom), Level.WARNING)


def test_restarts_of_a_service_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    state = StackState(pid=1, base_url="http://127.0.0.1:9/v1", started=0.0)
    state = StackState.model_validate(
        state.model_dump() | {"services": {"planner": {"url": "http://x", "restarts": 3}}}
    )
    monkeypatch.setattr(stack, "read_state", lambda _: state)
    monkeypatch.setattr(stack.Gateway, "health", lambda _: {"services": []})
    assert "3 times" in only(stack.health, patient(tmp_path, stack_pid=1), Level.WARNING)


def test_a_check_that_breaks_is_told_and_hides_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: Patient) -> list[Finding]:
        raise KeyError("x")

    monkeypatch.setattr(doctor, "CHECKS", (broken, machine.clock))
    report = doctor.examine(patient(tmp_path))
    assert "broken failed: KeyError" in report[0].text
    assert report[-1].what == "clock"
