#!/bin/sh
# Runs one fuzz target from its corpus; what it says goes to FOLDER/TARGET.log, its status to FOLDER/TARGET.status.
#
#     sh tests/lib/fuzz.sh FOLDER SECONDS fuzz_json
set -u
folder=$1
seconds=$2
target=$3
name=${target#fuzz_}

mkdir -p "$folder/$target" # where new inputs go
set -- "$folder/$target"
[ ! -d "tests/fuzz/corpus/$name" ] || set -- "$@" "tests/fuzz/corpus/$name"
[ ! -f "tests/fuzz/$name.dict" ] || set -- "-dict=tests/fuzz/$name.dict" "$@"
"build/fuzz/tests/fuzz/$target" -max_total_time="$seconds" -timeout=60 -rss_limit_mb=2048 \
    -artifact_prefix="$folder/" -print_final_stats=1 "$@" >"$folder/$target.log" 2>&1
echo $? >"$folder/$target.status"
