#!/bin/sh
# Script Filter: what was said and what became of it, newest first. Alfred filters.
. ./lib.sh

if call '/runs?limit=50'; then
    printf '%s' "$body" | items runs
else
    problem "$message" "$way_out"
fi
