#!/bin/sh
# Runs clang-tidy over the sources, a process a core; the checks are in .clang-tidy.
#
#     sh tests/lib/tidy.sh build/release
#
# The analyzer looks at one function at a time (mode=shallow): a tenth of the time, and it invents less.
# A file is read again only when it, a header, the checks or its compile commands have changed.
set -eu
build=$1
kept=$build/tidy
mkdir -p "$kept"
common=$({ cat .clang-tidy CMakeLists.txt; git ls-files '*.h' | sort | xargs cat; } | sha256sum | cut -c 1-64)
export build kept common

# One file: prints its findings, remembers it when there are none.
one() {
    mark=$kept/$(printf '%s%s' "$common" "$(sha256sum "$1")" | sha256sum | cut -c 1-64)
    [ ! -e "$mark" ] || return 0
    if clang-tidy -p "$build" --quiet --warnings-as-errors='*' \
        --extra-arg=-Xclang --extra-arg=-analyzer-config --extra-arg=-Xclang --extra-arg=mode=shallow \
        "$1" 2>"$mark.err"; then
        rm -f "$mark.err"
        : >"$mark"
    else
        grep -v 'warnings generated' "$mark.err" >&2 || true
        rm -f "$mark.err"
        return 1
    fi
}

if [ "${2:-}" = --one ]; then
    one "$3"
    exit
fi
# What the release build compiles: the tests of other build types have no compile command there.
# But for the C library of the browser's build, which has the names of the system's.
git ls-files 'api/*.c' ':!api/core/wasm/string.c' | xargs -n 1 -P "$(nproc)" sh "$0" "$build" --one
