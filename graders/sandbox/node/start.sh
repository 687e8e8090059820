#!/bin/sh
# RPC moves to descriptors 3 and 4 before Node starts, because Node can't move descriptors itself: whatever the submission
# or its children print to 1 or 2 then goes to stderr, and reading stdin finds nothing.
# DRIVERS: modules to load beforehand, joined by commas. BOX: a writable folder for the submission. HEAP_MB: as the container's
# memory, so that its limit and not V8's ends a process that wants too much.
#
# This shell outlives the runner. Where the runner was killed it waits: that memory was the reason is told as an event, which
# is lost when the container's control group is gone before anybody has read it. 9 says that the runner was killed or ended
# with 137; 137 is left to whoever kills this shell, which nothing inside can. (The trap: a shell that cannot fork exits.)
trap 'exit "$status"' EXIT
node --max-old-space-size="${HEAP_MB:-256}" --disable-warning=ExperimentalWarning "${0%/*}/runner.ts" 3<&0 4>&1 0</dev/null 1>&2
status=$?
if [ "$status" -eq 137 ]; then
  status=9
  sleep 0.2
fi
