#!/bin/sh
# Run Script: begins to carry out the sentence, and tells the next object where the stream is written.
# The connection is held by a process of its own, so the run goes on when Alfred's window closes.
. ./lib.sh

mkdir -p "$cache"
find "$cache" -mindepth 1 -maxdepth 1 -name 'job.*' -mtime +1 -exec rm -rf {} +
job=$(mktemp -d "$cache/job.XXXXXX")
printf '%s' "$1" >"$job/sentence"
jq --null-input --arg sentence "$1" \
    '{model: "deskhand", messages: [{role: "user", content: $sentence}], stream: true}' >"$job/request"
if find_key; then
    {
        authorized_curl --no-buffer --output "$job/stream" --write-out '%{http_code}' \
            --header 'Content-Type: application/json' --data-binary @"$job/request" \
            "$url/chat/completions" >"$job/code" &
        echo $! >"$job/pid"
        wait $!
        touch "$job/ended"
    } </dev/null >/dev/null 2>&1 &
else
    printf '%s\n%s\n' "$message" "$way_out" >"$job/problem"
fi
jq --null-input --compact-output --arg job "$job" '{alfredworkflow: {arg: "", variables: {job: $job, run: ""}}}'
