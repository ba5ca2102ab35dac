"""The web console: a page and its assets, hand-written and served as they are.

The assets lie under a path that has a digest of them all in it, so a browser may keep them for good: another version
has another path. The modules import each other by relative paths and need not know it; only the page does.

What the first paint needs, the style sheets and the script that sets a chosen theme, stands in the page itself: it
waits for no second request. A content security policy lets them pass by their digests. That script loads the program
when the page has been painted.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files

PAGE = "index.html"
BOOT = "boot.js"
MEDIA_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
"""Written out: what the platform's table says of .js differs from machine to machine."""

_ASSETS, _STYLES, _BOOT = b"{assets}", b"{styles}", b"{boot}"
_DIGEST_CHARS = 16


@dataclass(frozen=True)
class File:
    """A file as it goes out. `etag` is quoted already."""

    content: bytes
    media_type: str
    etag: str


@dataclass(frozen=True)
class Console:
    """The page, and the assets by name. They belong under `version`: `<prefix>/<version>/<name>`.

    `style_digest` and `script_digest` are what stands inline in the page, as sources of a content security policy."""

    page: File
    assets: Mapping[str, File]
    version: str
    style_digest: str
    script_digest: str


def load(prefix: str) -> Console:
    """Read the files. `prefix` is the path that the assets are served under, without a slash at its end. Blocks."""
    found = {entry.name: entry.read_bytes() for entry in (files(__name__) / "static").iterdir() if entry.is_file()}
    page, boot = found.pop(PAGE), found.pop(BOOT)
    styles = b"\n".join(found.pop(name) for name in sorted(found) if name.endswith(".css"))
    digest = hashlib.sha256()
    for name in sorted(found):
        digest.update(name.encode() + b"\0" + hashlib.sha256(found[name]).digest())
    version = digest.hexdigest()[:_DIGEST_CHARS]
    assets = f"{prefix}/{version}".encode()
    boot = boot.replace(_ASSETS, assets)
    for placeholder, content in ((_ASSETS, assets), (_STYLES, styles), (_BOOT, boot)):
        page = page.replace(placeholder, content)
    return Console(
        page=_file(PAGE, page),
        assets={name: _file(name, content) for name, content in found.items()},
        version=version,
        style_digest=_source(styles),
        script_digest=_source(boot),
    )


def _source(inline: bytes) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(inline).digest()).decode()}'"


def _file(name: str, content: bytes) -> File:
    suffix = name[name.rindex(".") :]
    return File(content, MEDIA_TYPES[suffix], f'"{hashlib.sha256(content).hexdigest()[:_DIGEST_CHARS]}"')
