# Sourced by the other scripts: where Deskhand is, how to call it, how to say what is wrong.
# Needs what macOS has: sh, curl, and jq (from macOS 15 on; before that `brew install jq`).
# The environment is the workflow's configuration: url, api_key, deskhand_home.

set -u
PATH="$PATH:/opt/homebrew/bin:/usr/local/bin"
url=${url:-http://127.0.0.1:8710/v1}
url=${url%/}
home=${deskhand_home:-$HOME/Library/Application Support/deskhand}
cache=${alfred_workflow_cache:?Alfred sets this}

if ! command -v jq >/dev/null; then
    printf '{"items":[{"title":"jq is missing","subtitle":"%s","valid":false}]}\n' \
        "It comes with macOS 15; before that: brew install jq"
    exit
fi

# items FILTER [JQ OPTION ...]: runs a filter of items.jq.
items() {
    filter=$1
    shift
    jq --compact-output -L . "$@" "include \"items\"; $filter"
}

# problem MESSAGE WAY_OUT: one row that says what is wrong and what to do.
problem() {
    items 'problem($message; $way_out)' --null-input --arg message "$1" --arg way_out "$2"
}

# Sets key, or message and way_out. The key goes to curl by a file descriptor: arguments can be seen by every user.
find_key() {
    key=${api_key:-}
    [ -n "$key" ] || key=$(cat "$home/api_key" 2>/dev/null) || key=
    [ -n "$key" ] && return
    message="There is no API key in $home"
    way_out="Start Deskhand once (deskhand up), or set its home in Configure Workflow…"
    return 1
}

# authorized_curl CURL_OPTION ... becomes curl, so it is called in a subshell only: its process can then be stopped.
authorized_curl() {
    exec curl --silent --noproxy '*' --header @/dev/fd/3 "$@" 3<<HEADER
Authorization: Bearer $key
HEADER
}

# call PATH [CURL OPTION ...]: sets body and returns 0 for a 2xx answer, else sets message and way_out and returns 1.
call() {
    path=$1
    shift
    find_key || return 1
    body=$(authorized_curl --max-time 120 --write-out '\n%{http_code}' "$@" "$url$path")
    code=${body##*
}
    body=${body%
*}
    explain
}

# From code and body: message and way_out, unless the call went well. Status 0 when it did.
explain() {
    way_out=
    case $code in
        2??) return 0 ;;
        000)
            message="Deskhand does not run"
            way_out="Start it in a terminal: deskhand up. It is looked for at $url"
            ;;
        401)
            message="Deskhand does not know this key"
            way_out="In Configure Workflow… leave API Key empty, or paste what the file api_key in Deskhand's home says"
            ;;
        *)
            message=$(printf '%s' "$body" | jq --raw-output '.error.message // empty' 2>/dev/null)
            if [ -z "$message" ]; then
                message="What answers at $url is not Deskhand"
                way_out="Correct the address in Configure Workflow…: it ends with /v1"
            fi
            ;;
    esac
    return 1
}
