#!/usr/bin/env bash
# Checks and tests the clients that are not Python: the Raycast extension, against a stand-in of the gateway and against a
# stack on sample data. Needs .venv (make install), and Node.js or PyPI (see node.sh).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

node=$(scripts/node.sh)
export PATH="$node:$PATH"
cd clients/raycast
# The packages are laid anew only when the lock has changed.
if ! cmp -s package-lock.json node_modules/.deskhand-lock; then
    npm ci --no-audit --no-fund
    cp package-lock.json node_modules/.deskhand-lock
fi
npm run --silent check
cd ../..
.venv/bin/python -m tests.with_stack npm --prefix clients/raycast run --silent test
