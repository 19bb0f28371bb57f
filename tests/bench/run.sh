#!/bin/sh
# Measures the server against what the machine allows, in the same run; prints a table of ratios.
#
#     sh tests/bench/run.sh [--full] [--counts FILE]
#
# Small sizes, a minute; --full: 100,000 and 1,000,000 products, longer and more rounds, and the figures are
# held against what MyPOS promises. --counts writes "passed failed skipped" of the checks.
set -eu
cd "$(dirname "$0")/../.."
for program in mypos bare_mhd bare_sqlite; do
    if [ ! -x "build/release/$program" ]; then
        echo "build/release/$program is missing: sh tests/run.sh bench builds it" >&2
        exit 1
    fi
done
BENCH_FOLDER=$PWD/tests/bench
export BENCH_FOLDER
exec node tests/bench/bench.mjs "$@"
