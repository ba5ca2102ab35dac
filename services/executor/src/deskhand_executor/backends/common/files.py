"""Files by name, opened where there is a desktop."""

from __future__ import annotations

from deskhand_contract.services import Observation
from deskhand_contract.tools import OpenAndGetFilePath

from ...call import Call
from ...desktop import Open
from ...file_search import FileSearch


class Files:
    def __init__(self, search: FileSearch, open: Open) -> None:
        self._search = search
        self._open = open

    def open_and_get_file_path(self, arguments: OpenAndGetFilePath, call: Call) -> Observation:
        path = self._search.locate(arguments.file_name)
        shown = self._open(str(path))
        text = f"Opened {path.name}" if shown else f"Found {path.name} in {self._search.describe(path)}"
        return Observation(output=str(path), text=text, data={"path": str(path), "opened": shown})
