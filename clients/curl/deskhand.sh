# Sourced by the examples: where Deskhand is, and how to call it with curl. POSIX sh; jq makes the output short, if it is there.
#
#   DESKHAND_URL       default http://127.0.0.1:8710/v1
#   DESKHAND_API_KEY   default: what the file api_key in Deskhand's home says
#   DESKHAND_HOME      default: the platform's folder for user data

set -eu

url=${DESKHAND_URL:-http://127.0.0.1:8710/v1}
case $(uname -s) in
    Darwin) platform_home="$HOME/Library/Application Support/deskhand" ;;
    *) platform_home="${XDG_DATA_HOME:-$HOME/.local/share}/deskhand" ;;
esac
home=${DESKHAND_HOME:-$platform_home}

key=${DESKHAND_API_KEY:-$(cat "$home/api_key" 2>/dev/null || true)}
if [ -z "$key" ]; then
    echo "There is no API key in $home. Start Deskhand once with \`deskhand up\`, or set DESKHAND_API_KEY." >&2
    exit 4
fi

# api PATH [CURL OPTION ...]: the answer on standard output; curl's exit status, 22 when Deskhand refuses.
# The key goes by a file descriptor, because every user of the machine can see arguments.
api() {
    path=$1
    shift
    curl --silent --show-error --fail-with-body --noproxy '*' --header @/dev/fd/3 "$@" "$url$path" 3<<HEADER
Authorization: Bearer $key
HEADER
}

# post PATH JSON [CURL OPTION ...]
post() {
    path=$1 json=$2
    shift 2
    api "$path" --header 'Content-Type: application/json' --data-binary @/dev/fd/4 "$@" 4<<JSON
$json
JSON
}

# json_string TEXT: as a JSON string, quotes included.
json_string() {
    if command -v jq >/dev/null; then
        jq --null-input --arg text "$1" '$text'
    else
        printf '%s' "$1" | awk 'BEGIN { printf "\"" }
            NR > 1 { printf "\\n" }
            { gsub(/[\\"]/, "\\\\&"); gsub(/\t/, "\\t"); gsub(/[\001-\037]/, " "); printf "%s", $0 }
            END { print "\"" }'
    fi
}

# show FILTER COMMAND [ARGUMENT ...]: what jq makes of the command's answer; the answer as it is where there is no jq. Ends
# with the command's exit status and says what is wrong when it fails: 7 Deskhand does not run, 22 it refuses.
show() {
    filter=$1
    shift
    status=0
    answer=$("$@") || status=$?
    if [ "$status" -ne 0 ]; then
        filter='.error.message // .'
        [ "$status" -ne 7 ] || echo "Deskhand does not run. Start it with \`deskhand up\`." >&2
        exec >&2
    fi
    if command -v jq >/dev/null; then
        printf '%s' "$answer" | jq --raw-output "$filter"
    else
        printf '%s\n' "$answer"
    fi
    exit "$status"
}

# usage COUNT WANTED SYNOPSIS: ends the script when it has fewer arguments than it needs.
usage() {
    [ "$1" -ge "$2" ] && return
    echo "usage: $3" >&2
    exit 2
}
