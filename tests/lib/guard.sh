#!/bin/sh
# Runs a command for as long as whoever started it lives.
#
#     guard.sh COMMAND…
#
# The command is ended (SIGTERM, after five seconds SIGKILL) when standard input ends: a test process that holds
# the other end of that pipe and dies, however it dies, leaves nothing behind. Answers the command's status.
exec 3<&0
"$@" </dev/null 3<&- &
child=$!
{
    cat <&3
    kill "$child" 2>/dev/null && sleep 5 && kill -9 "$child" 2>/dev/null
} >/dev/null 2>&1 &
watcher=$!
exec 3<&-
wait "$child"
status=$?
kill "$watcher" 2>/dev/null # the number of the child may be another's soon
exit "$status"
