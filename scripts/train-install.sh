#!/usr/bin/env bash
# Makes training/.venv with everything that training/uv.lock names. Nothing is done when nothing has changed.
#
# The lock names PyPI's torch, which on Linux brings CUDA. Where PIP_FIND_LINKS points to another build of the same
# version (a CPU build, say), that one is taken.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

uv=$PWD/build/bootstrap/bin/uv
python=$(.venv/bin/python -c 'import os, sys; print(os.path.realpath(sys.executable))')
stamp=training/.venv/.deskhand-installed
wanted=$(cat training/uv.lock training/pyproject.toml scripts/train-install.sh | cksum)" ${PIP_FIND_LINKS:-}"
if [ "$(cat "$stamp" 2>/dev/null)" = "$wanted" ]; then
    exit 0
fi

amx=$(scripts/amx_flags.sh)
export CFLAGS="${CFLAGS:-} $amx" CXXFLAGS="${CXXFLAGS:-} $amx" UV_PYTHON_DOWNLOADS=never
CMAKE_BUILD_PARALLEL_LEVEL="${CMAKE_BUILD_PARALLEL_LEVEL:-$(getconf _NPROCESSORS_ONLN)}"
export CMAKE_BUILD_PARALLEL_LEVEL
cd training
rm -f "../$stamp"
if [ -z "${PIP_FIND_LINKS:-}" ]; then
    "$uv" sync --frozen --python "$python"
else
    links=()
    for place in $PIP_FIND_LINKS; do links+=(--find-links "$place"); done
    torch=$(sed -n '/^name = "torch"$/{n;s/version = "\(.*\)"/\1/p;q}' uv.lock)
    requirements=$(mktemp)
    trap 'rm -f "$requirements"' EXIT
    "$uv" export --quiet --frozen --no-hashes --no-emit-local --prune torch --output-file "$requirements"
    [ -x .venv/bin/python ] || "$uv" venv --quiet --python "$python" .venv
    "$uv" pip install --python .venv/bin/python "${links[@]}" "torch==$torch" --requirements "$requirements"
    "$uv" pip install --python .venv/bin/python --no-deps --editable . --editable ../packages/contract \
        --editable ../packages/dates --editable ../packages/serving --editable ../services/planner --editable ../services/toolrag
fi
printf '%s\n' "$wanted" >"../$stamp"
