"""Packs the Alfred workflow: `make alfred`, or `python clients/alfred/pack.py FILE.alfredworkflow`.

An .alfredworkflow is a zip of the folder `workflow` and of info.plist, which is made here from what follows: objects
(what Alfred shows and runs), connections between them, and what the user can configure. The same sources give the same
bytes.
"""

from __future__ import annotations

import plistlib
import sys
import uuid
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
WORKFLOW = HERE / "workflow"
BUNDLE = "org.deskhand.alfred"
VERSION = "0.1.0"
NAMESPACE = uuid.uuid5(uuid.NAMESPACE_DNS, BUNDLE)
ZIP_TIME = (1980, 1, 1, 0, 0, 0)

BASH = 0
ARGUMENTS_AS_ARGV = 1
NO_MODIFIER, COMMAND = 0, 1 << 20
REQUIRED, OPTIONAL, NO_ARGUMENT = 0, 1, 2
TERMINATE_PREVIOUS, DELAY_AFTER_TYPING = 2, 1
RECORDINGS = ("public.audio", "public.mpeg-4-audio", "com.apple.m4a-audio", "org.webmproject.webm")


def uid(name: str) -> str:
    return str(uuid.uuid5(NAMESPACE, name)).upper()


@dataclass(frozen=True)
class Object:
    """A box of Alfred's editor at (x, y). `version` is that of the object's kind in Alfred 5."""

    name: str
    type: str
    version: int
    config: dict[str, Any]
    at: tuple[int, int]
    note: str = ""


@dataclass(frozen=True)
class Connection:
    """From `source` to `to`, with a modifier held, or from one output of a conditional."""

    source: str
    to: str
    modifiers: int = NO_MODIFIER
    subtext: str = ""
    output: str | None = None


@dataclass(frozen=True)
class Setting:
    """A field of Configure Workflow…; scripts find it in the environment as `variable`."""

    variable: str
    label: str
    description: str
    default: str
    type: str = "textfield"
    more: dict[str, Any] = field(default_factory=dict[str, Any])


def script(file: str) -> dict[str, Any]:
    """Run by sh, so that the execute bit does not matter; the argument comes as it is, not pasted into the script."""
    return {
        "script": f'/bin/sh ./{file} "$1"',
        "scriptargtype": ARGUMENTS_AS_ARGV,
        "scriptfile": "",
        "type": BASH,
        "escaping": 0,
    }


def script_filter(file: str, title: str, subtext: str, *, argument: int, keyword: str = "") -> dict[str, Any]:
    return script(file) | {
        "alfredfiltersresults": file == "runs.sh",
        "alfredfiltersresultsmatchmode": 0,
        "argumenttreatemptyqueryasnil": True,
        "argumenttrimmode": 0,
        "argumenttype": argument,
        "keyword": keyword,
        "queuedelaycustom": 3,
        "queuedelayimmediatelyinitially": True,
        "queuedelaymode": DELAY_AFTER_TYPING if file == "preview.sh" else 0,
        "queuemode": TERMINATE_PREVIOUS,
        "runningsubtext": "Asking Deskhand…",
        "subtext": subtext,
        "title": title,
        "withspace": argument != NO_ARGUMENT,
    }


OBJECTS = (
    Object(
        "say",
        "alfred.workflow.input.scriptfilter",
        3,
        script_filter(
            "preview.sh",
            "Run a sentence with Deskhand",
            "Shows the plan while you type; ↩ carries it out",
            argument=REQUIRED,
            keyword="{var:keyword}",
        ),
        (50, 50),
        "plan only",
    ),
    Object("start", "alfred.workflow.action.script", 2, script("start.sh") | {"concurrently": True}, (280, 50)),
    Object(
        "watch",
        "alfred.workflow.input.scriptfilter",
        3,
        script_filter("watch.sh", "Deskhand", "The run as it is now", argument=NO_ARGUMENT),
        (510, 50),
        "reruns itself",
    ),
    Object(
        "what",
        "alfred.workflow.utility.conditional",
        1,
        {
            "conditions": [
                {
                    "inputstring": "{var:verdict}",
                    "matchcasesensitive": False,
                    "matchmode": 0,
                    "matchstring": verdict,
                    "outputlabel": verdict,
                    "uid": uid(f"what {verdict}"),
                }
                for verdict in ("approve", "deny")
            ],
            "elselabel": "copy",
            "hideelse": False,
        },
        (740, 50),
    ),
    Object("decide", "alfred.workflow.action.script", 2, script("decide.sh") | {"concurrently": False}, (970, 50)),
    Object(
        "copy",
        "alfred.workflow.output.clipboard",
        3,
        {"autopaste": False, "clipboardtext": "{query}", "ignoredynamicplaceholders": True, "transient": False},
        (970, 200),
    ),
    Object(
        "runs",
        "alfred.workflow.input.scriptfilter",
        3,
        script_filter(
            "runs.sh",
            "Show Deskhand's runs",
            "What was said and what became of it",
            argument=OPTIONAL,
            keyword="{var:runs_keyword}",
        ),
        (50, 200),
    ),
    Object(
        "recording",
        "alfred.workflow.trigger.action",
        1,
        {"acceptsmulti": 0, "filetypes": list(RECORDINGS), "name": "Run What Is Said with Deskhand"},
        (50, 350),
        "file action",
    ),
    Object("listen", "alfred.workflow.action.script", 2, script("listen.sh") | {"concurrently": False}, (280, 350)),
    Object(
        "heard",
        "alfred.workflow.input.scriptfilter",
        3,
        script_filter("preview.sh", "Deskhand", "What was heard, and what it would do", argument=REQUIRED),
        (510, 350),
        "what was heard can be corrected",
    ),
)

CONNECTIONS = (
    Connection("say", "start"),
    Connection("start", "watch"),
    Connection("watch", "what"),
    Connection("watch", "decide", COMMAND, "Deny, undo or stop, where the row says so"),
    Connection("what", "decide", output="approve"),
    Connection("what", "decide", output="deny"),
    Connection("what", "copy"),
    Connection("decide", "watch"),
    Connection("runs", "watch"),
    Connection("runs", "decide", COMMAND, "Undo all that this did"),
    Connection("recording", "listen"),
    Connection("listen", "heard"),
    Connection("heard", "start"),
)

SETTINGS = (
    Setting("keyword", "Keyword", "Before a sentence.", "dh"),
    Setting("runs_keyword", "Keyword for Runs", "Shows what was said and what became of it.", "dhr"),
    Setting("url", "Address", "Where Deskhand listens; deskhand up prints it.", "http://127.0.0.1:8710/v1"),
    Setting(
        "deskhand_home",
        "Deskhand's Home",
        "Only needed where DESKHAND_HOME is set. The API key is read from there.",
        "",
        "filepicker",
        {"filtermode": 1},
    ),
    Setting("api_key", "API Key", "Only needed where Deskhand's home is not on this Mac.", ""),
)


def info() -> dict[str, Any]:
    """The content of info.plist."""
    return {
        "bundleid": BUNDLE,
        "category": "Productivity",
        "connections": {
            uid(source): [_connection(c) for c in CONNECTIONS if c.source == source]
            for source in dict.fromkeys(c.source for c in CONNECTIONS)
        },
        "createdby": "Deskhand",
        "description": "Say one sentence, and your own computer carries it out",
        "disabled": False,
        "name": "Deskhand",
        "objects": [{"config": o.config, "type": o.type, "uid": uid(o.name), "version": o.version} for o in OBJECTS],
        "readme": (HERE / "README.md").read_text(encoding="utf-8").partition("\n## How it is made")[0],
        "uidata": {
            uid(o.name): {"xpos": float(o.at[0]), "ypos": float(o.at[1])} | ({"note": o.note} if o.note else {})
            for o in OBJECTS
        },
        "userconfigurationconfig": [_setting(setting) for setting in SETTINGS],
        "variablesdontexport": ["api_key"],
        "version": VERSION,
        "webaddress": "",
    }


def _connection(connection: Connection) -> dict[str, Any]:
    told = {
        "destinationuid": uid(connection.to),
        "modifiers": connection.modifiers,
        "modifiersubtext": connection.subtext,
        "vitoclose": False,
    }
    if connection.output is not None:
        told["sourceoutputuid"] = uid(f"{connection.source} {connection.output}")
    return told


def _setting(setting: Setting) -> dict[str, Any]:
    config = {"default": setting.default, "placeholder": setting.default, "required": False} | setting.more
    if setting.type == "textfield":
        config["trim"] = True
    return {
        "config": config,
        "description": setting.description,
        "label": setting.label,
        "type": setting.type,
        "variable": setting.variable,
    }


def pack(to: Path) -> None:
    """Write the workflow. Times, order and modes are fixed, so the bytes depend on the sources only."""
    files: dict[str, tuple[bytes, int]] = {}
    for path in WORKFLOW.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            files[path.relative_to(WORKFLOW).as_posix()] = content, 0o755 if content.startswith(b"#!") else 0o644
    files["info.plist"] = (plistlib.dumps(info()), 0o644)
    to.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(to, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, (content, mode) in sorted(files.items()):
            entry = zipfile.ZipInfo(name, ZIP_TIME)
            entry.create_system = 3  # Unix, so that the modes count
            entry.external_attr = (0o100000 | mode) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else HERE.parents[1] / "dist" / "Deskhand.alfredworkflow"
    pack(target)
    sys.stdout.write(f"{target}\n")
