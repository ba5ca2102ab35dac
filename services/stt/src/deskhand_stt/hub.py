"""The model on disk, and its way there from the hub."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from deskhand_serving.speech_models import WHISPER_FILES

logger = logging.getLogger(__name__)

Report = Callable[[int, int], None]
"""Takes the bytes that are here and the bytes that there are. May raise to end the download."""

Fetch = Callable[[str, Path, Report], None]
"""Repository, folder, report -> the files in the folder; what is there already is not fetched again. Raises OSError."""


class DownloadStopped(OSError):
    """The service stops; what is whole stays for the next start."""


class Progress:
    """How far a download is; logs every tenth of it. Written by the download's threads, read by the loop."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._lock = threading.Lock()
        self._tenth = 0
        self._stopped = False
        self.here = self.total = 0

    def __str__(self) -> str:
        if not self.total:
            return f"{self._name} is being downloaded"
        return f"{self._name} is being downloaded ({self.here / 1e6:.0f} of {self.total / 1e6:.0f} MB)"

    def report(self, here: int, total: int) -> None:
        with self._lock:
            if self._stopped:
                raise DownloadStopped("the download was stopped")
            self.here, self.total = here, total
            tenth = 10 * here // total if total else 0
            grown, self._tenth = tenth > self._tenth, max(tenth, self._tenth)
        if grown:
            logger.info("downloading %s: %d %%", self._name, 10 * tenth, extra={"bytes": here, "total_bytes": total})

    def stop(self) -> None:
        with self._lock:
            self._stopped = True


def fetch_from_hub(repository: str, folder: Path, report: Report, endpoint: str | None = None) -> None:
    """A Fetch; `endpoint` is another hub than the public one.

    A file appears under its name only when it is whole, and is not fetched again then; one that was cut off is (since
    huggingface_hub 2 a broken connection is resumed, a broken process is not).
    """
    from huggingface_hub import snapshot_download
    from tqdm.auto import tqdm

    class Bar(tqdm):
        """Draws nothing. The hub counts bytes on one bar and files on another, and raises totals as it learns them."""

        def __init__(self, *args: Any, **options: Any) -> None:
            self._bytes = options.get("unit") == "B"
            options.pop("name", None)
            super().__init__(*args, **{**options, "disable": True})

        def update(self, n: float | None = 1) -> None:
            self.n += n or 0
            if self._bytes:
                report(int(self.n), int(self.total or 0))

    folder.mkdir(parents=True, exist_ok=True)
    patterns = list(WHISPER_FILES)
    snapshot_download(repository, local_dir=folder, allow_patterns=patterns, tqdm_class=Bar, endpoint=endpoint)
