"""What Alfred does with a workflow, on any machine: unpacks it, runs its scripts, passes on what they say.

A script is run by /bin/bash as info.plist says it, with Alfred's environment and nothing of this process's but PATH.
"""

from __future__ import annotations

import json
import plistlib
import subprocess
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from clients.alfred import pack
from clients.alfred.check import Feedback, Item, Passed, check_feedback

SCRIPT_TIMEOUT_S = 60.0


@dataclass
class Alfred:
    """`variables` are those of the session; `shown` is what the last Script Filter showed, `copied` the clipboard."""

    folder: Path
    configuration: dict[str, str]
    variables: dict[str, str] = field(default_factory=dict[str, str])
    shown: Feedback = field(default_factory=lambda: Feedback(items=[]))
    filter: str = ""
    copied: str | None = None

    def __post_init__(self) -> None:
        workflow = self.folder / "Deskhand.alfredworkflow"
        pack.pack(workflow)
        with zipfile.ZipFile(workflow) as archive:
            for entry in archive.infolist():
                target = Path(archive.extract(entry, self.unpacked))
                target.chmod(entry.external_attr >> 16 & 0o777)
        self.info = plistlib.loads((self.unpacked / "info.plist").read_bytes())
        self.objects = {thing["uid"]: thing for thing in self.info["objects"]}

    @property
    def unpacked(self) -> Path:
        return self.folder / "user.workflow.1"

    def environment(self) -> dict[str, str]:
        support = self.folder / "Library"
        given = {s["variable"]: s["config"]["default"] for s in self.info["userconfigurationconfig"]}
        alfred = {
            "alfred_debug": "0",
            "alfred_preferences": str(support / "Alfred.alfredpreferences"),
            "alfred_version": "5.7",
            "alfred_workflow_bundleid": self.info["bundleid"],
            "alfred_workflow_cache": str(support / "Caches" / "Workflow Data" / self.info["bundleid"]),
            "alfred_workflow_data": str(support / "Application Support" / "Workflow Data" / self.info["bundleid"]),
            "alfred_workflow_name": self.info["name"],
            "alfred_workflow_uid": "user.workflow.1",
            "alfred_workflow_version": self.info["version"],
        }
        system = {"PATH": "/usr/bin:/bin:/usr/sbin:/sbin", "HOME": str(self.folder), "LANG": "C.UTF-8"}
        return system | alfred | given | self.configuration | self.variables

    def type(self, name: str, query: str) -> list[Item]:
        """Type a keyword and a query: the rows of the Script Filter."""
        self.variables.clear()
        return self._show(pack.uid(name), query)

    def act_on_file(self, name: str, path: Path) -> None:
        """Choose a file action for a file."""
        self.variables.clear()
        self._follow(pack.uid(name), str(path), pack.NO_MODIFIER)

    def rerun(self) -> list[Item]:
        """Alfred runs a Script Filter again when it asked for it."""
        assert self.shown.rerun, "nothing asks to be run again"
        return self._show(self.filter, "")

    def choose(self, title: str, *, command: bool = False) -> None:
        """↩ (or ⌘↩) on the row whose title begins so."""
        item = next(item for item in self.shown.items if item.title.startswith(title))
        chosen: Any = item
        if command:
            chosen = (item.mods or {})["cmd"]
        assert chosen.valid, f"{title} cannot be chosen"
        self.variables |= item.variables or {}
        self.variables |= chosen.variables or {}
        self._follow(self.filter, str(chosen.arg or ""), pack.COMMAND if command else pack.NO_MODIFIER)

    def _follow(self, source: str, argument: str, modifiers: int) -> None:
        for connection in self.info["connections"][source]:
            output = connection.get("sourceoutputuid")
            if connection["modifiers"] == modifiers and output == self._output_of(source):
                self._run(connection["destinationuid"], argument)

    def _output_of(self, source: str) -> str | None:
        """Which output of a conditional is taken; None is its last, and that of any other object."""
        for condition in self.objects[source]["config"].get("conditions", ()):
            assert (condition["inputstring"], condition["matchmode"]) == ("{var:verdict}", 0)
            if self.variables.get("verdict", "") == condition["matchstring"]:
                return condition["uid"]
        return None

    def _run(self, uid: str, argument: str) -> None:
        kind = self.objects[uid]["type"]
        if kind == "alfred.workflow.input.scriptfilter":
            self._show(uid, argument)
        elif kind == "alfred.workflow.output.clipboard":
            self.copied = argument
        elif kind == "alfred.workflow.utility.conditional":
            self._follow(uid, argument, pack.NO_MODIFIER)
        else:
            passed = Passed.model_validate(json.loads(self._script(uid, argument))["alfredworkflow"])
            self.variables |= passed.variables
            self._follow(uid, passed.arg, pack.NO_MODIFIER)

    def _show(self, uid: str, query: str) -> list[Item]:
        self.filter = uid
        self.shown = check_feedback(self._script(uid, query), self.unpacked)
        return self.shown.items

    def _script(self, uid: str, argument: str) -> str:
        config = self.objects[uid]["config"]
        assert (config["type"], config["scriptargtype"]) == (pack.BASH, pack.ARGUMENTS_AS_ARGV)
        done = subprocess.run(
            ["/bin/bash", "-c", config["script"], "script", argument],
            cwd=self.unpacked,
            env=self.environment(),
            capture_output=True,
            text=True,
            timeout=SCRIPT_TIMEOUT_S,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert done.stderr == "", done.stderr
        return done.stdout
