from pathlib import Path

import pytest
from deskhand_serving.settings import ServiceSettings, describe
from pydantic import Field, SecretStr, ValidationError


class DemoSettings(ServiceSettings, service="demo"):
    port: int = Field(9000, ge=0, le=65535)
    colour: str = "default"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("DESKHAND_INTERNAL_TOKEN", "DESKHAND_LOG_LEVEL", "DESKHAND_DEMO_COLOUR", "DESKHAND_DEMO_PORT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DESKHAND_HOME", str(tmp_path))
    return tmp_path


def write(home: Path, text: str) -> Path:
    file = home / "config.toml"
    file.write_text(text)
    return file


def test_a_value_comes_from_the_first_source_that_has_it(home, monkeypatch):
    assert DemoSettings().colour == "default"
    write(home, '[demo]\ncolour = "file"\nport = 9001\n[other]\ncolour = "other"\n')
    assert DemoSettings().colour == "file"
    monkeypatch.setenv("DESKHAND_DEMO_COLOUR", "environment")
    assert DemoSettings().colour == "environment"
    assert DemoSettings(colour="argument").colour == "argument"
    assert DemoSettings().port == 9001


def test_shared_settings_have_no_service_in_their_name(home, monkeypatch):
    monkeypatch.setenv("DESKHAND_INTERNAL_TOKEN", "secret")
    monkeypatch.setenv("DESKHAND_LOG_LEVEL", "DEBUG")
    settings = DemoSettings()
    assert settings.home == home
    assert settings.internal_token == SecretStr("secret")
    assert settings.log_level == "DEBUG"
    assert "secret" not in repr(settings)


def test_an_argument_wins_over_the_shared_environment(tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    write(other, '[demo]\ncolour = "other home"\n')
    settings = DemoSettings(home=other)
    assert settings.home == other
    assert settings.colour == "other home"


@pytest.mark.parametrize("text", ["[demo", "colour = ", "[demo]\ncolour = 'a'\ncolour = 'b'", "\0"])
def test_a_file_that_is_no_toml_is_named(home, text):
    file = write(home, text)
    with pytest.raises(ValueError, match=r"is not valid TOML") as caught:
        DemoSettings()
    assert str(file) in str(caught.value)


def test_a_misspelt_setting_is_named_with_the_known_ones(home):
    file = write(home, '[demo]\ncolor = "red"\n')
    with pytest.raises(ValueError, match=r"no setting color; it has colour, host") as caught:
        DemoSettings()
    assert str(file) in str(caught.value)


def test_a_value_where_a_table_belongs_is_refused(home):
    write(home, "demo = 3\n")
    with pytest.raises(ValueError, match=r"\[demo\] on a line of its own"):
        DemoSettings()


def test_wrong_values_and_changes_are_refused(home):
    with pytest.raises(ValidationError):
        DemoSettings(port=70_000)
    with pytest.raises(ValidationError):
        DemoSettings().port = 1  # type: ignore[misc]


def test_every_setting_tells_where_it_comes_from(home, monkeypatch):
    write(home, '[demo]\ncolour = "file"\n')
    monkeypatch.setenv("DESKHAND_DEMO_PORT", "9002")
    found = {setting.name: (setting.value, setting.source, setting.variable) for setting in describe(DemoSettings())}
    assert found["colour"] == ("file", "config.toml", "DESKHAND_DEMO_COLOUR")
    assert found["port"] == (9002, "environment", "DESKHAND_DEMO_PORT")
    assert found["host"] == ("127.0.0.1", "default", "DESKHAND_DEMO_HOST")
