"""Files by the names that people say, in the folders that the settings allow and nowhere else."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path, PurePath

from .errors import AmbiguousFile, FileNotAllowed, FileNotFound, UnusableArgument
from .file_index import FileIndex
from .folding import compact
from .matching import find, said_words
from .phrasing import listed, one_line, quoted
from .storage import within

_MAX_CANDIDATES = 8
_KNOWN = """
pdf doc docx odt rtf txt md pages xls xlsx ods csv numbers ppt pptx odp key png jpg jpeg gif webp svg heic tif tiff
mp3 m4a wav ogg flac mp4 mov mkv webm zip gz tar json xml html htm eml ics vcf epub
"""
_EXTENSIONS = frozenset(_KNOWN.split())


class FileSearch:
    """Links that lead out of the `roots` are not followed. `index` is where the names of the files are kept, None for
    in memory."""

    def __init__(self, roots: Sequence[Path], index: Path | None = None) -> None:
        self._roots = [root.expanduser() for root in roots]
        self._index = FileIndex(self._roots, index)

    def warm_up(self) -> str:
        """Reads the folders; says what it found."""
        files, unreadable = self._index.refresh()
        return f"{files} files" + (f" ({unreadable} folders may not be read)" if unreadable else "")

    def close(self) -> None:
        self._index.close()

    def locate(self, text: str) -> Path:
        """A path inside the roots, or the name of a file in them -> its path. Raises FileNotFound, AmbiguousFile,
        FileNotAllowed."""
        given = text.strip()
        if not given or "\0" in given:
            raise UnusableArgument("no file is named; say which one")
        path = Path(given).expanduser()
        if "/" not in given and not path.is_absolute():
            return self._named(given)
        for candidate in [path] if path.is_absolute() else [root / path for root in self._roots]:
            if _is_file(candidate):
                if not within(candidate, self._roots):
                    raise FileNotAllowed(
                        f"{quoted(given)} is outside the folders that Deskhand may read; add its folder to "
                        "DESKHAND_EXECUTOR_FILE_ROOTS"
                    )
                return candidate.resolve()
        if path.is_absolute():
            raise FileNotFound(f"there is no file {quoted(given)}; it may have been moved")
        return self._named(PurePath(given).name)

    def describe(self, path: Path) -> str:
        """Where a file lies, from its root on: "documents/contracts"."""
        for root in self._roots:
            if path.resolve().is_relative_to(root.resolve()):
                return str(PurePath(root.name) / path.resolve().relative_to(root.resolve()).parent)
        return str(path.parent)

    def _named(self, name: str) -> Path:
        wanted, extension = _split(one_line(name))
        files = self._real(self._index.holding(said_words(name)))
        exact = list(dict.fromkeys(path for shown, path in files if shown == name.strip()))
        if len(exact) == 1:
            return exact[0]
        match = find(wanted, _labels(files, extension))
        if not match.items:  # perhaps a typing error
            files = self._real(self._index.resembling(compact(name)))
            match = find(wanted, _labels(files, extension))
        if len(match.items) == 1:
            return match.items[0]
        if match.items:
            candidates = self._described(match.items)
            more = len(match.items) - _MAX_CANDIDATES
            shown = [*candidates[:_MAX_CANDIDATES], *([f"{more} more"] if more > 0 else [])]
            raise AmbiguousFile(f"several files fit {quoted(name)}: {listed(shown)}; say which one", candidates)
        close = [path.name for path in match.close] or [path.name for path in find(wanted, _labels(files, "")).items]
        hint = f"did you mean {listed(close[:3], 'or')}?" if close else f"searched {self._searched()}"
        raise FileNotFound(f"no file is called {quoted(name)}; {hint}", close=close[:3])

    def _described(self, paths: Sequence[Path]) -> list[str]:
        names = [path.name for path in paths]
        if len(set(names)) == len(names):
            return names
        return [f"{path.name} in {self.describe(path)}" for path in paths]

    def _searched(self) -> str:
        there = [str(root) for root in self._roots if root.is_dir()]
        return listed(there) if there else "nothing, because none of the folders in DESKHAND_EXECUTOR_FILE_ROOTS exists"

    def _real(self, paths: Iterable[Path]) -> list[tuple[str, Path]]:
        """(name, path) of those that are there; links by their own names, with the paths that they lead to."""
        found: list[tuple[str, Path]] = []
        for path in sorted(paths):
            if path.is_symlink():
                if within(path, self._roots) and _is_file(path):
                    found.append((path.name, path.resolve()))
            else:
                found.append((path.name, path))
        return found


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # a name that is too long for the file system
        return False


def _labels(files: Sequence[tuple[str, Path]], extension: str) -> list[tuple[str, Path]]:
    """What the files may be called: by their names or without the extension; by the latter where one was said."""
    if extension:
        return [
            (PurePath(name).stem, path) for name, path in files if PurePath(name).suffix[1:].casefold() == extension
        ]
    return [*files, *((PurePath(name).stem, path) for name, path in files)]


def _split(name: str) -> tuple[str, str]:
    """ "lease.pdf", "lease pdf" -> ("lease", "pdf"); "lease" -> ("lease", "")."""
    for separator in (".", " "):
        stem, found, extension = name.rpartition(separator)
        if found and stem.strip() and extension.casefold() in _EXTENSIONS:
            return stem.strip(), extension.casefold()
    return name, ""
