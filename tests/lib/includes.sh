#!/bin/sh
# The direction of includes is law: each folder of api/ sees what CMakeLists.txt names, and no more.
#
#     sh tests/lib/includes.sh build/release
#
# Compiles includes that are allowed and that are forbidden, the way the build would.
set -eu
views=$1/includes
wrong=0

# compiles FOLDER HEADER: whether a file of api/FOLDER could include HEADER.
compiles() {
    # shellcheck disable=SC2046
    echo "#include \"$2\"" | cc -std=c17 -D_GNU_SOURCE -fsyntax-only -I "$views/$1" \
        $(pkg-config --cflags jansson sqlite3 libmicrohttpd) -x c - 2>/dev/null
}

allowed() {
    if ! compiles "$1" "$2"; then
        echo "api/$1 should see $2" >&2
        wrong=1
    fi
}

forbidden() {
    if compiles "$1" "$2"; then
        echo "api/$1 must not see $2" >&2
        wrong=1
    fi
}

allowed core base/status.h
allowed catalog sqlite/db.h
allowed app ledger/ledger.h
allowed notify ledger/ledger.h
allowed http app/app.h

# The core is pure: no database, no use case, no server.
forbidden core sqlite/db.h
forbidden core app/app.h
forbidden core http/op.h
# Nothing below knows what is above.
forbidden base core/money.h
forbidden sqlite catalog/catalog.h
forbidden catalog app/app.h
forbidden ledger app/app.h
forbidden ledger catalog/catalog.h
forbidden ledger notify/notify.h
forbidden notify catalog/catalog.h
forbidden notify app/app.h
forbidden app http/op.h
# The edge never sees a backend.
forbidden http ledger/ledger.h
forbidden http catalog/catalog.h
forbidden http notify/notify.h
exit $wrong
