# start.sh <socket>: FerretDB on that unix socket, over a PostgreSQL that only this container reaches.
# $INSPECTOR_PASSWORD and $LEARNER_PASSWORD become those of the users `inspector` and `learner`, before anything listens.
set -eu
socket=$1
for password in "$INSPECTOR_PASSWORD" "$LEARNER_PASSWORD"; do
  case "$password" in '' | *[!A-Za-z0-9_-]*) echo 'a password consists of letters, digits, _ and -' >&2; exit 64 ;; esac
done
# After a kill the old server's number may belong to another process of this container.
rm -f "$PGDATA/postmaster.pid" "$socket"
printf "ALTER ROLE inspector PASSWORD '%s';\n\nALTER ROLE learner PASSWORD '%s';\n\n" "$INSPECTOR_PASSWORD" "$LEARNER_PASSWORD" |
  postgres --single -j postgres >/dev/null
unset INSPECTOR_PASSWORD LEARNER_PASSWORD password

postgres &
until pg_isready -q; do sleep 0.02; done
exec ferretdb --listen-addr= --listen-unix="$socket" --debug-addr=- --telemetry=disable --state-dir=/tmp --log-level=ERROR \
  --postgresql-url='postgres://ferretdb@/postgres?host=/run/postgresql'
