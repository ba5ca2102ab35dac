"""The web console: a page and its assets, hand-written and served as they are.

The assets lie under a path that has a digest of them all in it, so a browser may keep them for good: another version
has another path. The modules import each other by relative paths and need not know it; only the page does.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files

PAGE = "index.html"
STYLES = "styles.css"
"""All style sheets in the order of their names: the first paint waits for one request instead of three."""
MEDIA_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
"""Written out: what the platform's table says of .js differs from machine to machine."""

_PLACEHOLDER = b"{assets}"
_DIGEST_CHARS = 16


@dataclass(frozen=True)
class File:
    """A file as it goes out. `etag` is quoted already."""

    content: bytes
    media_type: str
    etag: str


@dataclass(frozen=True)
class Console:
    """The page, and the assets by name. They belong under `version`: `<prefix>/<version>/<name>`."""

    page: File
    assets: Mapping[str, File]
    version: str


def load(prefix: str) -> Console:
    """Read the files. `prefix` is the path that the assets are served under, without a slash at its end. Blocks."""
    found = {entry.name: entry.read_bytes() for entry in (files(__name__) / "static").iterdir() if entry.is_file()}
    page = found.pop(PAGE)
    sheets = sorted(name for name in found if name.endswith(".css"))
    found[STYLES] = b"\n".join(found.pop(name) for name in sheets)
    digest = hashlib.sha256()
    for name in sorted(found):
        digest.update(name.encode() + b"\0" + hashlib.sha256(found[name]).digest())
    version = digest.hexdigest()[:_DIGEST_CHARS]
    return Console(
        page=_file(PAGE, page.replace(_PLACEHOLDER, f"{prefix}/{version}".encode())),
        assets={name: _file(name, content) for name, content in found.items()},
        version=version,
    )


def _file(name: str, content: bytes) -> File:
    suffix = name[name.rindex(".") :]
    return File(content, MEDIA_TYPES[suffix], f'"{hashlib.sha256(content).hexdigest()[:_DIGEST_CHARS]}"')
