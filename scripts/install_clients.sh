#!/usr/bin/env bash
# Programs that nobody here wrote, which read in tests what Deskhand writes: khal, khard and todoman from PyPI, in an
# environment of their own (build/clients) because they share libraries with the executor; notmuch and poppler's
# pdftotext from Debian, where apt is there and may install. Run it after `make install`.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

uv=build/bootstrap/bin/uv
clients=build/clients

if [ ! -x "$clients/bin/khal" ] || [ ! -x "$clients/bin/khard" ] || [ ! -x "$clients/bin/todo" ]; then
    "$uv" venv --quiet --clear --python .venv/bin/python "$clients"
    "$uv" pip install --quiet --python "$clients/bin/python" 'khal>=0.14,<0.15' 'khard>=0.22,<0.23' 'todoman>=4.7,<5'
fi

missing=()
command -v notmuch >/dev/null || missing+=(notmuch)
command -v pdftotext >/dev/null || missing+=(poppler-utils)
if [ ${#missing[@]} -gt 0 ] && command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
    export DEBIAN_FRONTEND=noninteractive
    { apt-get update -qq && apt-get install -qq -y --no-install-recommends "${missing[@]}"; } >build/clients.log 2>&1 ||
        echo "apt could not install ${missing[*]} (build/clients.log says why); the tests with them are skipped"
fi
