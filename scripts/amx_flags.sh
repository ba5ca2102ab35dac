#!/usr/bin/env bash
# Prints the compiler flags that llama.cpp needs here. Its AMX kernels crash in the first decode
# (ggml-org/llama.cpp#20824), and a native build turns them on. A compiler that does not know these flags knows no AMX
# either.
set -euo pipefail

case "$(uname -m)" in
    x86_64 | amd64) ;;
    *) exit 0 ;;
esac
for flag in -mno-amx-tile -mno-amx-int8 -mno-amx-bf16; do
    if printf 'int x;' | "${CC:-cc}" "$flag" -x c -c -o /dev/null - 2>/dev/null; then printf '%s ' "$flag"; fi
done
