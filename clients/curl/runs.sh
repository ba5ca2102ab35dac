#!/bin/sh
# Lists what was said and what became of it, newest first:   ./runs.sh
# Shows one run with its nodes:                              ./runs.sh run_...
. "$(dirname "$0")/deskhand.sh"

if [ $# -eq 0 ]; then
    show '.data[] | "\(.id)  \(.status)  \(.query)"' api '/runs?limit=20'
else
    show '"\(.id)  \(.status)  \(.query)", (.nodes[]
        | "\(.status)  \(.node). \(.name)  \(.error.message // .text // "")  undo: \(.undo)"), .answer // empty' \
        api "/runs/$1"
fi
