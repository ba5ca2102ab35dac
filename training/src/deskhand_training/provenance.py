"""What every artefact's JSON says about where it comes from."""

from __future__ import annotations

import subprocess


def commit() -> str:
    done = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
    return done.stdout.strip() or "unknown"
