#!/usr/bin/env bash
# Runs tests/conformance with what it needs besides `make install`: the dependency group, Node.js, the npm packages.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

export UV_PYTHON_DOWNLOADS=never
build/bootstrap/bin/uv sync --frozen --inexact --quiet --group conformance --python .venv/bin/python
node=$(scripts/node.sh)
export PATH="$node:$PATH"
packages=tests/conformance/node
if ! cmp -s "$packages/package-lock.json" "$packages/node_modules/.deskhand-lock"; then
    npm --prefix "$packages" ci --no-audit --no-fund
    cp "$packages/package-lock.json" "$packages/node_modules/.deskhand-lock"
fi
.venv/bin/python -m pytest tests/conformance "$@"
