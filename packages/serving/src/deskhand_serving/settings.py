"""Settings of the services: one frozen class each, from the environment and from `config.toml` in the home.

A value comes from, first hit wins: a keyword argument, the environment (`DESKHAND_GATEWAY_PORT`), the service's table
in the home's config.toml (`[gateway]` `port = 9710`), the default. What the services share (`DESKHAND_HOME`,
`DESKHAND_INTERNAL_TOKEN`, `DESKHAND_LOG_LEVEL`) has no service in its name.
"""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal

import platformdirs
from pydantic import Field, SecretStr
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    InitSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

CONFIG_FILE = "config.toml"
API_KEY_FILE = "api_key"
"""In the home: the bearer token of the gateway's API, readable by its owner only."""


def default_home() -> Path:
    """`$DESKHAND_HOME`, or the platform's folder for user data."""
    return Path(os.environ.get("DESKHAND_HOME") or platformdirs.user_data_dir("deskhand", appauthor=False)).expanduser()


def models_folder() -> Path:
    """`$DESKHAND_MODELS`, or the folder `models` of the checkout that this code runs from."""
    given = os.environ.get("DESKHAND_MODELS")
    return Path(given).expanduser() if given else Path(__file__).resolve().parents[4] / "models"


def _home_config(settings_cls: type[ServiceSettings], home: Path) -> InitSettingsSource:
    """The service's table in the home's config.toml.

    Raises ValueError, with the file's path, when it cannot be read, is not TOML, or sets what there is not: a misspelt
    setting would otherwise do nothing, silently.
    """
    file, service = home / CONFIG_FILE, settings_cls.service
    try:
        content = tomllib.loads(file.read_text("utf-8"))
    except FileNotFoundError:
        content = {}
    except OSError as error:
        raise ValueError(f"{file} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise ValueError(f"{file} is not valid TOML: {error}") from error
    table = content.get(service, {})
    if not isinstance(table, dict):
        raise ValueError(f"{file}: {service} is not a table; write [{service}] on a line of its own")
    known = settings_cls.model_fields.keys() - _ENVIRONMENT_ONLY
    unknown = ", ".join(sorted(table.keys() - known))
    if unknown and not settings_cls.partial:
        raise ValueError(f"{file}: [{service}] has no setting {unknown}; it has {', '.join(sorted(known))}")
    return InitSettingsSource(settings_cls, table)


_ENVIRONMENT_ONLY = frozenset({"home", "internal_token"})
"""The home cannot name itself, and a token in a file would outlive the stack it was made for."""


class ServiceSettings(BaseSettings):
    """Base of the services' settings. A subclass names its service and its port:

    class GatewaySettings(ServiceSettings, service="gateway"):
        port: int = 8710
    """

    model_config = SettingsConfigDict(frozen=True, extra="ignore", populate_by_name=True)

    service: ClassVar[str]
    partial: ClassVar[bool] = False
    """Whether the class reads only some of the service's settings, as the supervisor does to learn the ports."""

    host: str = "127.0.0.1"
    port: int = Field(default=0, ge=0, le=65535)
    home: Path = Field(default_factory=default_home, validation_alias="DESKHAND_HOME")
    internal_token: SecretStr | None = Field(
        default=None,
        validation_alias="DESKHAND_INTERNAL_TOKEN",
        description="Bearer token between the services; `deskhand up` makes a new one at each start.",
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        default="INFO", validation_alias="DESKHAND_LOG_LEVEL"
    )

    def __init_subclass__(cls, *, service: str | None = None, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if service is not None:
            cls.service = service

    @classmethod
    def __pydantic_init_subclass__(cls, *, service: str | None = None, **kwargs: Any) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        if service is not None:
            cls.model_config["env_prefix"] = f"DESKHAND_{service.upper()}_"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        assert isinstance(init_settings, InitSettingsSource)
        home = Path(init_settings.init_kwargs.get("DESKHAND_HOME") or default_home())
        return init_settings, env_settings, _home_config(cls, home)


@dataclass(frozen=True)
class Setting:
    """One effective setting, for people. `value` is JSON, a secret is masked; `source` is "environment", "config.toml"
    or "default"; `variable` is the environment variable that would set it."""

    name: str
    value: Any
    source: str
    variable: str
    description: str


def describe(settings: ServiceSettings) -> list[Setting]:
    """Every field of the settings and where its value came from."""
    kind = type(settings)
    sources = {
        "environment": EnvSettingsSource(kind)(),
        CONFIG_FILE: _home_config(kind, settings.home)(),
    }
    values = settings.model_dump(mode="json")
    found: list[Setting] = []
    for name, info in kind.model_fields.items():
        alias = info.validation_alias if isinstance(info.validation_alias, str) else None
        source = next((key for key, given in sources.items() if name in given or (alias and alias in given)), "default")
        variable = alias or f"{kind.model_config.get('env_prefix', '')}{name.upper()}"
        found.append(Setting(name, values[name], source, variable, info.description or ""))
    return found
