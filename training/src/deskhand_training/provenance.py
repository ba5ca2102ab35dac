"""What every artefact's JSON says about where it comes from."""

from __future__ import annotations

import os
import platform
import subprocess
from typing import Any


def commit() -> str:
    done = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
    return done.stdout.strip() or "unknown"


def stamp() -> dict[str, Any]:
    """Commit, data and machine of a measurement; `load` is how many processes wanted a core meanwhile."""
    from .data.augment import fingerprint

    machine = f"{os.cpu_count()} cores, {platform.machine()}"
    return {"commit": commit(), "data": fingerprint(), "machine": machine, "load": round(os.getloadavg()[1], 1)}
