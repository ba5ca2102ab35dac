#!/bin/sh
# Run Script: approves, denies or undoes, then shows the run again. `verdict` is approve, deny, undo or stop; `nodes` the
# numbers of the nodes with commas, empty for all; `run` the run, or `job` the folder of the one to stop.
. ./lib.sh

if [ "$verdict" = stop ]; then
    kill "$(cat "$job/pid")" 2>/dev/null
    run=$(cat "$job/stream" 2>/dev/null | items 'of_stream(""; false).id' --raw-input --slurp --raw-output)
else
    chosen=$(jq --null-input --arg nodes "${nodes:-}" \
        'if $nodes == "" then {} else {nodes: ($nodes | split(",") | map(tonumber))} end')
    if ! call "/runs/$run/$verdict" --header 'Content-Type: application/json' --data-binary "$chosen"; then
        job=$(mktemp -d "$cache/job.XXXXXX")
        printf '%s\n%s\n' "$message" "$way_out" >"$job/problem"
        run=
    fi
fi
jq --null-input --compact-output --arg job "${job:-}" --arg run "${run:-}" \
    '{alfredworkflow: {arg: "", variables: {job: $job, run: $run, verdict: "", nodes: ""}}}'
