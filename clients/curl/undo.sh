#!/bin/sh
# Takes back what a run did, the latest effect first; what has been sent stays sent:   ./undo.sh run_...
# The same for nodes 2 and 3 only:   ./undo.sh run_... 2 3
. "$(dirname "$0")/deskhand.sh"
usage $# 1 'undo.sh RUN [NODE ...]'

run=$1
shift
nodes=$(IFS=, && echo "$*")
show '.status, .answer // empty' post "/runs/$run/undo" "{${nodes:+\"nodes\": [$nodes]}}"
