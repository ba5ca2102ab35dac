#!/bin/sh
# Only plans, and carries nothing out:   ./plan.sh "text my mom that I am late"
# The nodes are the answer's tool calls; "$1" in an argument stands for the result of node 1.
. "$(dirname "$0")/deskhand.sh"
usage $# 1 'plan.sh SENTENCE'

show '.choices[0].message | if .tool_calls then .tool_calls | to_entries[]
        | "\(.key + 1). \(.value.function.name) \(.value.function.arguments)" else .content end' \
    post /chat/completions \
    "{\"model\": \"deskhand-plan\", \"messages\": [{\"role\": \"user\", \"content\": $(json_string "$1")}]}"
