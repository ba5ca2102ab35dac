#!/bin/sh
# Prints what is said in a recording (wav, mp3, m4a, ogg, flac, webm):   ./do.sh "$(./dictate.sh memo.m4a)"
. "$(dirname "$0")/deskhand.sh"
usage $# 1 'dictate.sh FILE'

show .text api /audio/transcriptions --form model=whisper-1 \
    --form "file=@\"$(printf '%s' "$1" | sed 's/[\\"]/\\&/g')\""
