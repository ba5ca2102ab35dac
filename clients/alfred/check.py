"""Opens a packed Alfred workflow and says what is wrong with it: `python clients/alfred/check.py FILE.alfredworkflow`.

There is no published schema of info.plist. What is required here of each kind of object is what Alfred 5 writes for it,
as exported workflows show; rows of Script Filters follow Alfred's documented JSON format.
"""

from __future__ import annotations

import plistlib
import re
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

SCRIPT = {"script", "scriptargtype", "scriptfile", "type", "escaping"}
FILTER = SCRIPT | {
    "alfredfiltersresults",
    "alfredfiltersresultsmatchmode",
    "argumenttreatemptyqueryasnil",
    "argumenttrimmode",
    "argumenttype",
    "keyword",
    "queuedelaycustom",
    "queuedelayimmediatelyinitially",
    "queuedelaymode",
    "queuemode",
    "runningsubtext",
    "subtext",
    "title",
    "withspace",
}
OBJECTS: dict[str, tuple[int, set[str]]] = {
    "alfred.workflow.input.scriptfilter": (3, FILTER),
    "alfred.workflow.action.script": (2, SCRIPT | {"concurrently"}),
    "alfred.workflow.output.clipboard": (
        3,
        {"autopaste", "clipboardtext", "ignoredynamicplaceholders", "transient"},
    ),
    "alfred.workflow.trigger.action": (1, {"acceptsmulti", "filetypes", "name"}),
    "alfred.workflow.utility.conditional": (1, {"conditions", "elselabel", "hideelse"}),
}
"""Kind -> its version in Alfred 5, and the keys of its config."""
SETTINGS = {"textfield": {"default", "placeholder", "required", "trim"}, "filepicker": {"default", "filtermode"}}
MODIFIERS = {0, 1 << 17, 1 << 18, 1 << 19, 1 << 20, 1 << 23}
"""None, ⇧, ⌃, ⌥, ⌘, fn."""
USED_FILE = re.compile(r"\./([\w.-]+)")


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class Icon(_Row):
    path: str
    type: str | None = None


class Text(_Row):
    copy_: str | None = Field(None, alias="copy")
    largetype: str | None = None


class Modifier(_Row):
    valid: bool
    subtitle: str | None = None
    arg: str | list[str] | None = None
    icon: Icon | None = None
    variables: dict[str, str] | None = None


class Item(_Row):
    title: str = Field(min_length=1)
    subtitle: str | None = None
    uid: str | None = None
    arg: str | list[str] | None = None
    valid: bool | None = None
    match: str | None = None
    autocomplete: str | None = None
    icon: Icon | None = None
    mods: dict[str, Modifier] | None = None
    text: Text | None = None
    quicklookurl: str | None = None
    variables: dict[str, str] | None = None


class Feedback(_Row):
    """https://www.alfredapp.com/help/workflows/inputs/script-filter/json/"""

    items: list[Item]
    rerun: float | None = Field(None, ge=0.1, le=5.0)
    skipknowledge: bool | None = None
    variables: dict[str, str] | None = None


class Passed(_Row):
    """What a Run Script tells the next object."""

    arg: str
    variables: dict[str, str]


FEEDBACK = TypeAdapter(Feedback)


def problems(workflow: Path) -> Iterator[str]:
    """One line for each thing that is wrong."""
    with zipfile.ZipFile(workflow) as archive:
        names = archive.namelist()
        if "info.plist" not in names:
            yield "there is no info.plist at the root"
            return
        try:
            info = plistlib.loads(archive.read("info.plist"))
        except plistlib.InvalidFileException as error:
            yield f"info.plist cannot be read: {error}"
            return
        yield from _files(archive)
        yield from _icons(archive)
    for key in ("bundleid", "name", "description", "createdby", "version", "readme"):
        if not info.get(key):
            yield f"info.plist has no {key}"
    yield from _objects(info, set(names))
    yield from _connections(info)
    yield from _configuration(info)


def _files(archive: zipfile.ZipFile) -> Iterator[str]:
    for entry in archive.infolist():
        runs = archive.read(entry).startswith(b"#!")
        if runs != bool(entry.external_attr >> 16 & 0o111):
            yield f"{entry.filename} is {'not ' if runs else ''}executable"
        if entry.filename.endswith(".sh"):
            with tempfile.NamedTemporaryFile(suffix=".sh") as file:
                file.write(archive.read(entry))
                file.flush()
                parsed = subprocess.run(["/bin/sh", "-n", file.name], capture_output=True, text=True, check=False)
            if parsed.returncode:
                yield f"{entry.filename}: {parsed.stderr.strip()}"


def _icons(archive: zipfile.ZipFile) -> Iterator[str]:
    names = set(archive.namelist())
    if "icon.png" not in names:
        yield "there is no icon.png"
    for name in names:
        if name.endswith(".png") and not archive.read(name).startswith(b"\x89PNG\r\n\x1a\n"):
            yield f"{name} is no PNG"


def _objects(info: dict[str, Any], names: set[str]) -> Iterator[str]:
    seen: set[str] = set()
    for thing in info["objects"]:
        kind, uid = thing["type"], thing["uid"]
        if uid in seen:
            yield f"two objects have the uid {uid}"
        seen.add(uid)
        if kind not in OBJECTS:
            yield f"{kind} is not known here"
            continue
        version, keys = OBJECTS[kind]
        if thing["version"] != version or set(thing["config"]) != keys:
            yield f"{kind} {uid} is not as Alfred 5 writes it: {sorted(set(thing['config']) ^ keys)}"
        for file in USED_FILE.findall(thing["config"].get("script", "")):
            if file not in names:
                yield f"{kind} {uid} runs {file}, which is not there"
    if set(info["uidata"]) != seen:
        yield "not every object has a place in the editor"


def _connections(info: dict[str, Any]) -> Iterator[str]:
    objects = {thing["uid"]: thing for thing in info["objects"]}
    reached: set[str] = set()
    for source, connections in info["connections"].items():
        if source not in objects:
            yield f"a connection comes from {source}, which is not there"
            continue
        outputs = {condition["uid"] for condition in objects[source]["config"].get("conditions", ())}
        for connection in connections:
            reached.add(connection["destinationuid"])
            if connection["destinationuid"] not in objects:
                yield f"a connection goes to {connection['destinationuid']}, which is not there"
            if connection["modifiers"] not in MODIFIERS:
                yield f"{connection['modifiers']} is no modifier"
            if connection.get("sourceoutputuid", next(iter(outputs), None)) not in outputs | {None}:
                yield f"a connection comes from an output of {source} that is not there"
    for uid, thing in objects.items():
        starts = ".trigger." in thing["type"] or thing["config"].get("keyword")
        if not starts and uid not in reached:
            yield f"{thing['type']} {uid} cannot be reached"


def _configuration(info: dict[str, Any]) -> Iterator[str]:
    variables: set[str] = set()
    for setting in info["userconfigurationconfig"]:
        variables.add(setting["variable"])
        if not set(setting["config"]) >= SETTINGS.get(setting["type"], {"no such type"}):
            yield f"the setting {setting['variable']} is not as Alfred 5 writes a {setting['type']}"
    used = set(re.findall(r"\{var:(\w+)\}", str([thing["config"].get("keyword") for thing in info["objects"]])))
    if not used <= variables:
        yield f"keywords use {sorted(used - variables)}, which cannot be configured"


def check_feedback(output: str, folder: Path) -> Feedback:
    """Rows that Alfred takes, with icons that are there. Raises ValueError."""
    try:
        feedback = FEEDBACK.validate_json(output)
    except ValidationError as error:
        raise ValueError(f"{error}\n{output}") from error
    for item in feedback.items:
        if item.icon and not (folder / item.icon.path).is_file():
            raise ValueError(f"the icon {item.icon.path} is not there")
    return feedback


def main(workflow: Path) -> int:
    found = list(problems(workflow))
    for line in found:
        sys.stderr.write(f"{workflow.name}: {line}\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
