#!/bin/sh
# Script Filter: what Deskhand would do with the sentence. Plans only; nothing is carried out before ↩.
. ./lib.sh

if [ -n "${heard_problem:-}" ]; then
    problem "$heard_problem" "${heard_way_out:-}"
    exit
fi
request=$(jq --null-input --arg sentence "$1" \
    '{model: "deskhand-plan", messages: [{role: "user", content: $sentence}]}')
if call /chat/completions --header 'Content-Type: application/json' --data-binary @/dev/fd/4 4<<BODY; then
$request
BODY
    printf '%s' "$body" | items 'preview($sentence)' --arg sentence "$1"
else
    problem "$message" "$way_out"
fi
