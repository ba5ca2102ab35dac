#!/bin/sh
# Lets what waits for your word go on:   ./approve.sh run_...
# The same for nodes 2 and 3 only:   ./approve.sh run_... 2 3
. "$(dirname "$0")/deskhand.sh"
usage $# 1 'approve.sh RUN [NODE ...]'

run=$1
shift
nodes=$(IFS=, && echo "$*")
show '.status, .answer // empty' post "/runs/$run/approve" "{${nodes:+\"nodes\": [$nodes]}}"
