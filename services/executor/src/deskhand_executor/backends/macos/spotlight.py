"""Files by Spotlight, in the allowed folders only."""

from __future__ import annotations

import logging
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

from ...file_search import FileSearch
from ...folding import fold
from ...matching import find
from ...phrasing import one_line
from ...storage import within

logger = logging.getLogger(__name__)

QUERY_TIMEOUT_S = 5.0


class SpotlightSearch(FileSearch):
    """Asks the index first, which answers at once however many files there are. What it does not settle (a name that
    fits several files or none, folders that are not indexed) is left to walking the folders."""

    def __init__(self, roots: Sequence[Path]) -> None:
        super().__init__(roots)
        self._folders = [root.expanduser() for root in roots]
        self._program = shutil.which("mdfind")

    def locate(self, text: str) -> Path:
        name = one_line(text)
        if name and "/" not in name and not name.startswith("~"):
            files = [path for path in self._indexed(name) if path.is_file() and within(path, self._folders)]
            match = find(name, [(label, path) for path in files for label in (path.name, path.stem)])
            if len(match.items) == 1:
                return match.items[0].resolve()
        return super().locate(text)

    def _indexed(self, name: str) -> Iterator[Path]:
        """Files with all words of the name in theirs. The words are letters and digits, so nothing in the query needs
        escaping; the query is one argument, and there is no shell."""
        words = fold(name).split()
        if self._program is None or not words:
            return
        query = " && ".join(f'kMDItemFSName == "*{word}*"cd' for word in words)
        for folder in self._folders:
            try:
                found = subprocess.run(
                    [self._program, "-0", "-onlyin", str(folder), query],
                    stdin=subprocess.DEVNULL,
                    capture_output=True,
                    timeout=QUERY_TIMEOUT_S,
                    check=True,
                )
            except (OSError, subprocess.SubprocessError) as error:
                logger.warning("Spotlight does not answer", extra={"why": type(error).__name__})
                return
            for path in found.stdout.decode(errors="surrogateescape").split("\0"):
                if path:
                    yield Path(path)
