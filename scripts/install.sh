#!/usr/bin/env bash
# Makes .venv with everything that uv.lock names. Needs Python 3.11 or newer, a C and C++ compiler, make, and PyPI.
# Nothing is done when nothing has changed since the last time.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

stamp=.venv/.deskhand-installed
bootstrap=build/bootstrap
log=build/install.log

fail() {
    printf '\n%s\n' "$1" >&2
    shift
    for line in "$@"; do printf '  %s\n' "$line" >&2; done
    exit 1
}

find_python() {
    local candidate
    for candidate in ${PYTHON:-} python3.11 python3.12 python3.13 python3; do
        if "$candidate" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            "$candidate" -c 'import os, sys; print(os.path.realpath(sys.executable))'
            return
        fi
    done
    fail "Deskhand needs Python 3.11 or newer, with its venv module, and found none." \
        "Debian and Ubuntu: sudo apt-get install python3.11 python3.11-venv" \
        "macOS: brew install python@3.11" \
        "Or name one: make install PYTHON=/path/to/python3.11"
}

# What an installation depends on: the lock, every member's pyproject.toml, this script, the interpreter.
fingerprint() {
    "$1" - "$1" <<'PYTHON'
import hashlib, pathlib, sys

digest = hashlib.sha256(sys.argv[1].encode() + sys.version.encode())
members = sorted(p for pattern in ("packages/*", "services/*", "clients/*") for p in pathlib.Path().glob(pattern))
for path in [pathlib.Path(name) for name in ("uv.lock", "pyproject.toml", "scripts/install.sh")]:
    digest.update(path.read_bytes())
for path in (member / "pyproject.toml" for member in members):
    digest.update(path.read_bytes() if path.exists() else b"")
print(digest.hexdigest())
PYTHON
}

check_compilers() {
    local tool missing=""
    for tool in "${CC:-cc}" "${CXX:-c++}" make; do
        command -v "$tool" >/dev/null || missing="$missing $tool"
    done
    if [ -n "$missing" ]; then
        fail "llama.cpp is compiled here, and these are missing:$missing" \
            "Debian and Ubuntu: sudo apt-get install build-essential" \
            "macOS: xcode-select --install"
    fi
}

# A line now and then for those who see no progress bar.
heartbeat() {
    local started=$SECONDS
    while sleep 30 >/dev/null 2>&1; do
        printf '  still at it after %s s (llama.cpp takes 3 to 7 minutes on two cores)\n' "$((SECONDS - started))"
    done
}

python=$(find_python)
wanted=$(fingerprint "$python")
if [ -x .venv/bin/deskhand ] && [ "$(cat "$stamp" 2>/dev/null)" = "$wanted" ]; then
    exit 0
fi

check_compilers
mkdir -p build
started=$SECONDS
echo "Setting up .venv with $("$python" -V). The first time takes 4 to 10 minutes on two cores, most of it llama.cpp."

if ! "$bootstrap/bin/uv" --version >/dev/null 2>&1; then
    echo "1/2 uv, from PyPI"
    rm -rf "$bootstrap"
    "$python" -m venv "$bootstrap"
    if ! "$bootstrap/bin/python" -m pip install --quiet --disable-pip-version-check 'uv>=0.9,<1' 2>"$log"; then
        tail -n 5 "$log" >&2
        fail "uv cannot be fetched from PyPI." "Is there a network? Behind a proxy, set HTTPS_PROXY and try again."
    fi
fi

echo "2/2 the packages that uv.lock names"
amx=$(scripts/amx_flags.sh)
export CFLAGS="${CFLAGS:-} $amx" CXXFLAGS="${CXXFLAGS:-} $amx"
CMAKE_BUILD_PARALLEL_LEVEL="${CMAKE_BUILD_PARALLEL_LEVEL:-$(getconf _NPROCESSORS_ONLN)}"
export CMAKE_BUILD_PARALLEL_LEVEL
export UV_PYTHON_DOWNLOADS=never
rm -f "$stamp"
ticker=""
if [ ! -t 2 ]; then
    heartbeat &
    ticker=$!
    trap 'kill "$ticker" 2>/dev/null || true' EXIT
fi
if ! "$bootstrap/bin/uv" sync --frozen --python "$python"; then
    fail "The packages cannot be installed; uv says why above." \
        "No network, or a proxy: uv needs PyPI (HTTPS_PROXY, UV_DEFAULT_INDEX)." \
        "A compiler's error: llama.cpp needs a C++17 compiler and about 1 GB of memory a core." \
        "Then run the same command again: what is done is not done twice."
fi
printf '%s\n' "$wanted" >"$stamp"
echo "Installed in $((SECONDS - started)) s."
