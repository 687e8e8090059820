#!/bin/sh
# RPC moves to descriptors 3 and 4: whatever the submission or its children print to 1 or 2 then goes to stderr, and reading
# stdin finds nothing.
# DRIVERS: modules to load beforehand, joined by commas. BOX: a writable folder for the submission.
# -I keeps the environment, the working folder and user packages out; -B because the root is read-only.
#
# This shell outlives the runner. Where the runner was killed it waits: that memory was the reason is told as an event, which
# is lost when the container's control group is gone before anybody has read it. 9 says that the runner was killed or ended
# with 137; 137 is left to whoever kills this shell, which nothing inside can. (The trap: a shell that cannot fork exits.)
trap 'exit "$status"' EXIT
python3 -I -B -X utf8 "${0%/*}/runner.py" 3<&0 4>&1 0</dev/null 1>&2
status=$?
if [ "$status" -eq 137 ]; then
  status=9
  sleep 0.2
fi
