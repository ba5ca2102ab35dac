#!/bin/sh
# Run Script: hears a recording. What is heard becomes the query of the preview, where it can be corrected.
. ./lib.sh

heard=
if call /audio/transcriptions --form model=whisper-1 --form "file=@\"$(printf '%s' "$1" | sed 's/[\\"]/\\&/g')\""; then
    heard=$(printf '%s' "$body" | jq --raw-output '.text | gsub("^\\s+|\\s+$"; "")')
    if [ -z "$heard" ]; then
        message="Nobody speaks in ${1##*/}"
        way_out="Check the microphone and record it again"
    fi
fi
jq --null-input --compact-output --arg heard "$heard" --arg message "${message:-}" --arg way_out "${way_out:-}" '
    {alfredworkflow: {arg: $heard, variables: {heard_problem: $message, heard_way_out: $way_out}}}'
