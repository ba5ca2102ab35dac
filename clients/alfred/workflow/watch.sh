#!/bin/sh
# Script Filter: a run as it is now. `run` is the run to show, else `job` is the folder where start.sh writes the stream.
# Alfred runs it again by itself for as long as something can still happen.
. ./lib.sh

if [ -n "${run:-}" ]; then
    if call "/runs/$run"; then
        printf '%s' "$body" | items watch
    else
        problem "$message" "$way_out"
    fi
    exit
fi

: "${job:?start.sh sets this}"
if [ -f "$job/problem" ]; then
    { read -r message && read -r way_out; } <"$job/problem"
    problem "$message" "$way_out"
    exit
fi
ended=false
if [ -f "$job/ended" ]; then
    ended=true
    code=$(cat "$job/code")
    body=$(cat "$job/stream" 2>/dev/null)
    # Without a code curl was stopped; what came before stands in the stream.
    if [ -n "$code" ] && ! explain; then
        problem "$message" "$way_out"
        exit
    fi
fi
cat "$job/stream" 2>/dev/null | items 'of_stream($sentence; $ended) | watch' --raw-input --slurp \
    --arg sentence "$(cat "$job/sentence")" --argjson ended "$ended"
