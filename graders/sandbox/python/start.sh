#!/bin/sh
# RPC moves to descriptors 3 and 4: whatever the submission or its children print to 1 or 2 then goes to stderr, and reading
# stdin finds nothing.
# DRIVERS: modules to load beforehand, joined by commas. BOX: a writable folder for the submission.
# -I keeps the environment, the working folder and user packages out; -B because the root is read-only.
exec python3 -I -B -X utf8 "${0%/*}/runner.py" 3<&0 4>&1 0</dev/null 1>&2
