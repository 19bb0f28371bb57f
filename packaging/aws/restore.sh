#!/bin/sh
# Brings the tables back as they were at a moment of the last 35 days, beside the ones that are there.
set -eu
cd "$(dirname "$0")/../.."
# shellcheck source=packaging/aws/lib.sh
. packaging/aws/lib.sh

usage() {
    cat <<END
usage: sh packaging/aws/restore.sh [--name NAME] --at TIME --prefix PREFIX

Restores customers and transactions as they were at TIME, and the catalogue as it is, to new tables whose names begin
with PREFIX; gives them time to live, recovery and protection, which a restore leaves out; and says how to let the
servers use them. The tables in use are not touched. It takes some twenty minutes, more for large tables.

Each table is restored by itself: choose a moment when nothing was sold, so that they agree, such as one at night. The
catalogue is that of some five minutes ago, because whatever was sold must be in it: change none meanwhile.

  --at TIME        in UTC, such as 2026-11-22T03:00:00Z
  --prefix PREFIX  what the new tables' names begin with, such as mypos-restored-
  --name NAME      the installation (MYPOS_NAME, mypos)
  --help           this page
END
}

at=""
prefix=""
while [ $# -gt 0 ]; do
    case $1 in
    -h | --help) usage; exit 0 ;;
    --name) value "$1" $#; name=$2; shift ;;
    --at) value "$1" $#; at=$2; shift ;;
    --prefix) value "$1" $#; prefix=$2; shift ;;
    *) fail "unknown option: $1; see --help" ;;
    esac
    shift
done
case $at in
????-??-??T*Z) ;;
*) fail "--at needs a time in UTC such as 2026-11-22T03:00:00Z; see --help" ;;
esac
[ -n "$prefix" ] || fail "--prefix is missing; see --help"

find_account
current=$(parameter ActiveTablePrefix)
[ -n "$current" ] && [ "$current" != None ] || current=$(parameter TablePrefix)
[ "$prefix" != "$current" ] || fail "$prefix is the prefix in use; choose another"

# again COMMAND…: a new table does not take every setting at once.
again() {
    tries=0
    until "$@" >/dev/null; do
        tries=$((tries + 1))
        [ "$tries" -lt 30 ] || fail "the table is restored, but not set up: $*"
        sleep "${MYPOS_POLL_SECONDS:-10}"
    done
}

tables=$(for file in migrations/dynamodb/*.json; do basename "$file" .json; done)
there=$(aws dynamodb list-tables --query "TableNames[?starts_with(@, '$prefix')]" --output text)
for table in $tables; do
    case " $(echo "$there" | tr '\t\n' '  ') " in
    *" $prefix$table "*)
        fail "there is a table $prefix$table, of an earlier restore perhaps; choose another prefix"
        ;;
    esac
done
for table in $tables; do
    case $table in
    catalog-log) moment=--use-latest-restorable-time ;;
    *) moment="--restore-date-time $at" ;;
    esac
    say "Restoring $current$table to $prefix$table"
    # A time of AWS's has no blanks.
    # shellcheck disable=SC2086
    aws dynamodb restore-table-to-point-in-time --source-table-name "$current$table" \
        --target-table-name "$prefix$table" $moment >/dev/null ||
        fail "the restore of $current$table was refused"
done
for table in $tables; do
    say "Waiting for $prefix$table"
    until [ "$(aws dynamodb describe-table --table-name "$prefix$table" --query Table.TableStatus \
        --output text)" = ACTIVE ]; do
        sleep "${MYPOS_POLL_SECONDS:-10}"
    done
    again aws dynamodb update-table --table-name "$prefix$table" --deletion-protection-enabled
    again aws dynamodb update-continuous-backups --table-name "$prefix$table" \
        --point-in-time-recovery-specification PointInTimeRecoveryEnabled=true
    if grep -q '"TimeToLive"' "migrations/dynamodb/$table.json"; then
        again aws dynamodb update-time-to-live --table-name "$prefix$table" \
            --time-to-live-specification Enabled=true,AttributeName=ttl
    fi
done
cat <<END

The tables $prefix… are as they were at $at. To let new servers use them, one by one:

  sh packaging/aws/deploy.sh --name $name --set ActiveTablePrefix=$prefix

and to go back to the stack's own: --set ActiveTablePrefix=
END
