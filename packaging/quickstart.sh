#!/bin/sh
# From a fresh Debian machine to a shop in the browser, in one command.
set -eu
cd "$(dirname "$0")/.."

usage() {
    cat <<END
usage: sh packaging/quickstart.sh [--port N] [--data DIR] [--no-start]

Installs the Debian packages that are missing (with sudo when needed), builds MyPOS, makes a database with a
demo shop, and serves API and web-ui at one address. Ctrl-C stops it. The next run starts at once.

  --port N      the port to listen on (MYPOS_PORT, 8080)
  --data DIR    where database and pictures are kept (MYPOS_DATA, ./data)
  --no-start    does everything but start the server
  --help        this page

A database that is there already is brought up to date and otherwise left as it is. Every MYPOS_ variable
of the environment is respected; packaging/mypos.env.example explains them.
END
}

fail() {
    echo "quickstart: $*" >&2
    exit 1
}

start=yes
while [ $# -gt 0 ]; do
    case $1 in
    -h | --help) usage; exit 0 ;;
    --port)
        [ $# -ge 2 ] || fail "--port needs a number"
        MYPOS_PORT=$2
        shift
        ;;
    --port=*) MYPOS_PORT=${1#--port=} ;;
    --data)
        [ $# -ge 2 ] || fail "--data needs a directory"
        MYPOS_DATA=$2
        shift
        ;;
    --data=*) MYPOS_DATA=${1#--data=} ;;
    --no-start) start="" ;;
    *) fail "unknown option: $1; see --help" ;;
    esac
    shift
done

MYPOS_DATA=${MYPOS_DATA:-$PWD/data}
MYPOS_WEB_UI=${MYPOS_WEB_UI-$PWD/web-ui}
# A line for every request is for services; MYPOS_LOG=info brings it back.
MYPOS_LOG=${MYPOS_LOG:-warning}
export MYPOS_DATA MYPOS_WEB_UI MYPOS_LOG
[ -z "${MYPOS_PORT:-}" ] || export MYPOS_PORT

sh packaging/install-packages.sh packaging/packages.txt

# The build: a first one takes a minute, a later one only what has changed.
build=build/release
log=$build/quickstart.log
mkdir -p "$build"
if [ ! -f "$build/build.ninja" ]; then
    echo "Configuring the build in $build"
    cmake -C packaging/presets/release.cmake -G Ninja -B "$build" >"$log" 2>&1 || {
        tail -n 20 "$log" >&2
        fail "the build could not be configured; see $log"
    }
fi
[ -x "$build/mypos" ] || echo "Building MyPOS; this takes a minute the first time"
ninja -C "$build" mypos >"$log" 2>&1 || {
    grep -v '^\[' "$log" | tail -n 40 >&2
    fail "the build failed; see $log"
}

# The demo shop goes into a fresh database only.
if [ -z "$(find "$MYPOS_DATA" -maxdepth 1 -name '*.db' 2>/dev/null)" ]; then
    echo "Making a database with the demo shop in $MYPOS_DATA"
    "$build/mypos" seed-demo
elif [ -z "$start" ]; then
    "$build/mypos" migrate
fi

[ -n "$start" ] || exit 0
echo "Sign in as admin at the address below. Ctrl-C stops MyPOS."
exec "$build/mypos" serve
