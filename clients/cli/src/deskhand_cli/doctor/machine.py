"""The machine: Python and the packages, llama.cpp's build, the clock, the desktop."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import tzlocal
from deskhand_contract.services import DEFAULT_PORTS

from .findings import Finding, Patient, ok, problem, warning

LLAMA_TIMEOUT_S = 30.0
_LLAMA_INFO = "import llama_cpp; print(llama_cpp.__version__, llama_cpp.llama_print_system_info().decode())"


def packages(_: Patient) -> Iterable[Finding]:
    found = {name: _version(f"deskhand-{name}") for name in ("cli", *DEFAULT_PORTS)}
    missing = [name for name, given in found.items() if given is None]
    versions = {given for given in found.values() if given is not None}
    python = f"Python {platform.python_version()}"
    if missing:
        yield problem("packages", f"{python}; {', '.join(missing)} cannot be found", "Run `make install` again.")
    elif len(versions) > 1:
        told = ", ".join(f"{name} {given}" for name, given in found.items())
        yield problem("packages", f"{python}; the parts do not fit together: {told}", "Run `make install` again.")
    else:
        yield ok("packages", f"{python}, Deskhand {versions.pop()}")


def _version(distribution: str) -> str | None:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return None


def llama(patient: Patient) -> Iterable[Finding]:
    """llama.cpp's AMX kernels crash, so a build that has them runs without all of its fast ones."""
    if patient.value("planner", "engine") == "openai" or find_spec("llama_cpp") is None:
        return
    asked = subprocess.run(
        [sys.executable, "-P", "-c", _LLAMA_INFO], capture_output=True, text=True, timeout=LLAMA_TIMEOUT_S, check=False
    )
    if asked.returncode:
        words = (asked.stderr.strip().splitlines() or ["it left no word"])[-1]
        yield problem("llama.cpp", f"It cannot be loaded: {words}", "Run `make clean install`.")
    elif "AMX_INT8 = 1" in asked.stdout and _cpu_has("amx_int8"):
        yield warning(
            "llama.cpp",
            "It was built with AMX, whose kernels crash on this processor; plans are written without the fast kernels",
            "Run `make clean install`: scripts/install.sh builds it without AMX.",
        )
    else:
        yield ok("llama.cpp", f"llama-cpp-python {asked.stdout.split(' ', 1)[0]} loads")


def _cpu_has(flag: str) -> bool:
    try:
        return f" {flag}" in Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace")
    except OSError:
        return False


def clock(_: Patient) -> Iterable[Finding]:
    """A clock that is wrong puts lunch on the wrong day."""
    installed_s = Path(__file__).stat().st_mtime
    now = time.strftime("%Y-%m-%d %H:%M")
    if time.time() < installed_s - 24 * 3600:
        yield problem("clock", f"It says {now}, before Deskhand was installed", "Set the machine's clock.")
    try:
        name = tzlocal.get_localzone_name()
        zone = ZoneInfo(name).key if name else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        zone = None
    if zone is None:
        yield warning(
            "clock",
            f"It says {now}, in a time zone without a name: events are written in UTC",
            "Set the zone: `sudo timedatectl set-timezone Europe/Berlin`, or TZ=Europe/Berlin in the environment.",
        )
    else:
        yield ok("clock", f"It says {now} in {zone}")


def desktop(patient: Patient) -> Iterable[Finding]:
    if patient.value("executor", "open_files") is False:
        yield ok("desktop", "Files and maps are not opened, as set (executor.open_files)")
        return
    is_mac = sys.platform == "darwin"
    program = "open" if is_mac else "xdg-open"
    if shutil.which(program) is None:
        yield warning(
            "desktop",
            f"{program} is missing: files and maps are named, but not opened",
            "Debian and Ubuntu: sudo apt-get install xdg-utils. Or: deskhand config set executor.open_files false",
        )
    elif not (is_mac or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        yield warning(
            "desktop",
            "There is none in this session: files and maps are named, but not opened",
            "Run `deskhand up` from within the desktop. Or: deskhand config set executor.open_files false",
        )
    else:
        yield ok("desktop", f"{program} opens files and maps")
