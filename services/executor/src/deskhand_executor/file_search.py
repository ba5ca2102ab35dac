"""Files by the names that people say, in the folders that the settings allow and nowhere else."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePath

from .errors import AmbiguousFile, FileNotAllowed, FileNotFound, UnusableArgument
from .matching import find
from .phrasing import listed, one_line, quoted
from .storage import within

MAX_FILES = 200_000
_MAX_CANDIDATES = 8
_SKIPPED = frozenset({"node_modules", "__pycache__"})
_KNOWN = """
pdf doc docx odt rtf txt md pages xls xlsx ods csv numbers ppt pptx odp key png jpg jpeg gif webp svg heic tif tiff
mp3 m4a wav ogg flac mp4 mov mkv webm zip gz tar json xml html htm eml ics vcf epub
"""
_EXTENSIONS = frozenset(_KNOWN.split())


class FileSearch:
    """`roots` are searched in order; links that lead out of them are not followed."""

    def __init__(self, roots: Sequence[Path]) -> None:
        self._roots = [root.expanduser() for root in roots]

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
        files = list(self._files())
        named = [(path.name, path) for path in files]
        if extension:
            having = [path for path in files if path.suffix[1:].casefold() == extension]
            named = [(path.stem, path) for path in having]
        else:
            named += [(path.stem, path) for path in files]
        exact = [path for path in files if path.name == name.strip()]
        match = find(wanted, named) if len(exact) != 1 else None
        if match is None:
            return exact[0]
        if len(match.items) == 1:
            return match.items[0]
        if match.items:
            candidates = self._described(match.items)
            more = len(match.items) - _MAX_CANDIDATES
            shown = [*candidates[:_MAX_CANDIDATES], *([f"{more} more"] if more > 0 else [])]
            raise AmbiguousFile(f"several files fit {quoted(name)}: {listed(shown)}; say which one", candidates)
        close = [path.name for path in match.close] or [path.name for path in find(wanted, _stems(files)).items]
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

    def _files(self) -> Iterator[Path]:
        seen: set[Path] = set()
        for root in self._roots:
            for folder, folders, names in os.walk(root):
                folders[:] = sorted(name for name in folders if not name.startswith(".") and name not in _SKIPPED)
                for name in sorted(names):
                    path = Path(folder) / name
                    if name.startswith(".") or (path.is_symlink() and not within(path, self._roots)):
                        continue
                    real = path.resolve() if path.is_symlink() else path
                    if real not in seen and _is_file(real):
                        seen.add(real)
                        yield real
                    if len(seen) >= MAX_FILES:
                        return


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # a name that is too long for the file system
        return False


def _stems(files: Sequence[Path]) -> list[tuple[str, Path]]:
    return [(path.stem, path) for path in files]


def _split(name: str) -> tuple[str, str]:
    """ "lease.pdf", "lease pdf" -> ("lease", "pdf"); "lease" -> ("lease", "")."""
    for separator in (".", " "):
        stem, found, extension = name.rpartition(separator)
        if found and stem.strip() and extension.casefold() in _EXTENSIONS:
            return stem.strip(), extension.casefold()
    return name, ""
