#!/bin/sh
# Refuses what waits for your word:   ./deny.sh run_...
# The same for nodes 2 and 3 only:   ./deny.sh run_... 2 3
. "$(dirname "$0")/deskhand.sh"
usage $# 1 'deny.sh RUN [NODE ...]'

run=$1
shift
nodes=$(IFS=, && echo "$*")
show '.status, .answer // empty' post "/runs/$run/deny" "{${nodes:+\"nodes\": [$nodes]}}"
