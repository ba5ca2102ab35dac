"""Where khal, khard and todoman keep what they show, out of these programs' own configs.

khal and khard write configobj's form, todoman a Python file of plain assignments, which is read and not run. Only what
says where things are is looked at; what else a config holds is the program's business. Every reader raises
NotConfigured for a config that cannot be read or names nothing.
"""

from __future__ import annotations

import ast
import glob
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from configobj import ConfigObj, ConfigObjError

from .errors import NotConfigured
from .vdir import Collection, collection_at

_TRUE = frozenset({"true", "yes", "on", "1"})


def khal_calendars(config: Path) -> tuple[list[Collection], str]:
    """The calendars, and the name of the default one ("" where khal has none)."""
    content = _configobj(config, "khal")
    found: list[Collection] = []
    for name, section in _sections(content, "calendars"):
        path, kind = _path(section, config, "khal"), str(section.get("type", "calendar"))
        readonly = kind == "birthdays" or str(section.get("readonly", "")).casefold() in _TRUE
        if kind == "discover":
            found += [collection_at(folder, readonly=readonly) for folder in _leaves(path)]
        else:
            found.append(collection_at(Path(path), name, readonly))
    if not found:
        raise NotConfigured(f"{config} names no calendar; add one under [calendars], or unset khal_config")
    default = content.get("default")
    return found, str(default.get("default_calendar", "")) if isinstance(default, Mapping) else ""


def khard_books(config: Path) -> list[Path]:
    """The folders of the address books."""
    found: list[Path] = []
    for _, section in _sections(_configobj(config, "khard"), "addressbooks"):
        path = _path(section, config, "khard")
        found += _leaves(path) if section.get("type") == "discover" else [Path(path)]
    if not found:
        raise NotConfigured(f"{config} names no address book; add one under [addressbooks], or unset khard_config")
    return found


def todoman_lists(config: Path) -> tuple[list[Collection], str]:
    """The lists, and the name of the default one ("" where todoman has none)."""
    values = _assignments(config)
    pattern = values.get("path")
    if not isinstance(pattern, str):
        raise NotConfigured(f"{config} gives no path in quotes; todoman needs one, or unset todoman_config")
    folders = [Path(path) for path in sorted(glob.glob(_expanded(pattern)))]
    found = [collection_at(path) for path in folders if path.is_dir()]
    if not found:
        raise NotConfigured(f"there is no folder {pattern}, which {config} names; make one, or unset todoman_config")
    default = values.get("default_list")
    return found, default if isinstance(default, str) else ""


def _text(config: Path, program: str) -> str:
    try:
        return config.expanduser().read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise NotConfigured(
            f"{program}'s config {config} cannot be read: {why}; point DESKHAND_EXECUTOR_{program.upper()}_CONFIG to it"
        ) from error


def _configobj(config: Path, program: str) -> ConfigObj:
    try:
        return ConfigObj(_text(config, program).splitlines(), interpolation=False)
    except ConfigObjError as error:
        raise NotConfigured(f"{program}'s config {config} cannot be understood: {error}") from error


def _sections(content: Mapping[str, Any], name: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    sections = content.get(name)
    if isinstance(sections, Mapping):
        yield from ((key, section) for key, section in sections.items() if isinstance(section, Mapping))


def _path(section: Mapping[str, Any], config: Path, program: str) -> str:
    path = section.get("path")
    if not isinstance(path, str) or not path:
        raise NotConfigured(f"a section of {config} has no path; {program} needs one too")
    return _expanded(path)


def _expanded(path: str) -> str:
    return os.path.expanduser(os.path.expandvars(path))


def _leaves(pattern: str) -> list[Path]:
    """The folders of a glob that hold no other folder of it: so khal and khard discover."""
    folders = {Path(path) for path in glob.glob(f"{pattern}/", recursive=True)}
    return sorted(folder for folder in folders if not any(folder in other.parents for other in folders))


def _assignments(config: Path) -> dict[str, object]:
    try:
        module = ast.parse(_text(config, "todoman"))
    except SyntaxError as error:
        raise NotConfigured(f"todoman's config {config} is no Python: line {error.lineno}") from error
    values: dict[str, object] = {}
    for statement in module.body:
        if isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Constant):
            values |= {target.id: statement.value.value for target in statement.targets if isinstance(target, ast.Name)}
    return values
