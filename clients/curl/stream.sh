#!/bin/sh
# The same, showing each node the moment something happens to it:   ./stream.sh "remind me to call the bank tomorrow at 9"
# Every line is an OpenAI chunk; a node's event stands beside its choices as x_plan.
. "$(dirname "$0")/deskhand.sh"
usage $# 1 'stream.sh SENTENCE'

request="{\"model\": \"deskhand\", \"stream\": true,
    \"messages\": [{\"role\": \"user\", \"content\": $(json_string "$1")}]}"
if command -v jq >/dev/null; then
    post /chat/completions "$request" --no-buffer | jq --unbuffered --raw-input --raw-output '
        ltrimstr("data: ") | (fromjson? // empty) | objects
        | if .error then .error.message
          elif .x_plan then .x_plan
            | "\(.status)  \(.node). \(.name)"
              + if .status == "needs_approval" then ": ./approve.sh \(.run) \(.node)" else "" end
              + ((.error.message // .text // empty | ": \(.)") // "")
          else .choices[0].delta.content // empty end'
else
    post /chat/completions "$request" --no-buffer
fi
