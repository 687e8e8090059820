#!/bin/sh
# RPC moves to descriptors 3 and 4 before Node starts, because Node can't move descriptors itself: whatever the submission
# or its children print to 1 or 2 then goes to stderr, and reading stdin finds nothing.
# DRIVERS: modules to load beforehand, joined by commas. BOX: a writable folder for the submission. HEAP_MB: as the container's
# memory, so that its limit and not V8's ends a process that wants too much.
exec node --max-old-space-size="${HEAP_MB:-256}" --disable-warning=ExperimentalWarning "${0%/*}/runner.ts" 3<&0 4>&1 0</dev/null 1>&2
