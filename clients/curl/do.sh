#!/bin/sh
# Carries a sentence out, and prints the answer:   ./do.sh "put lunch with Sid on Friday at noon in my calendar"
. "$(dirname "$0")/deskhand.sh"
usage $# 1 'do.sh SENTENCE'

show '.choices[0].message.content' post /chat/completions \
    "{\"model\": \"deskhand\", \"messages\": [{\"role\": \"user\", \"content\": $(json_string "$1")}]}"
