#!/usr/bin/env bash
# Runs the web console's tests. Playwright comes from PyPI; the browser is the system's Chromium, else Debian's package
# where this may install one, else the build that Playwright fetches.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

UV_PYTHON_DOWNLOADS=never build/bootstrap/bin/uv sync --frozen --quiet --inexact --group console

has_browser() {
    command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null
}

if ! has_browser; then
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        apt-get update --quiet --quiet
        apt-get install --yes --quiet --no-install-recommends chromium
    else
        .venv/bin/python -m playwright install chromium
    fi
fi

exec .venv/bin/python -m pytest tests/console "$@"
