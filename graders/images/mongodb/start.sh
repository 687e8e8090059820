# start.sh <socket>: FerretDB on that unix socket, over a PostgreSQL that only this container reaches.
# $INSPECTOR_PASSWORD and $LEARNER_PASSWORD become those of the users `inspector` and `learner`, before FerretDB listens.
set -eu
socket=$1
for password in "$INSPECTOR_PASSWORD" "$LEARNER_PASSWORD"; do
  case "$password" in '' | *[!A-Za-z0-9_-]*) echo 'a password consists of letters, digits, _ and -' >&2; exit 64 ;; esac
done
# After a kill the old server's number may belong to another process of this container.
rm -f "$PGDATA/postmaster.pid" "$socket"
(unset INSPECTOR_PASSWORD LEARNER_PASSWORD password; exec postgres) &
# As pg_ctl looks for it; pg_isready costs ten times as much a look.
until grep -qs '^ready' "$PGDATA/postmaster.pid"; do
  kill -0 $! 2>/dev/null || exit 1
  sleep 0.01
done
printf "ALTER ROLE inspector PASSWORD '%s';\nALTER ROLE learner PASSWORD '%s';\n" "$INSPECTOR_PASSWORD" "$LEARNER_PASSWORD" |
  psql -qX -v ON_ERROR_STOP=1 -h /run/postgresql -U postgres -d postgres
unset INSPECTOR_PASSWORD LEARNER_PASSWORD password
exec ferretdb --listen-addr= --listen-unix="$socket" --debug-addr=- --telemetry=disable --state-dir=/tmp --log-level=ERROR \
  --postgresql-url='postgres://ferretdb@/postgres?host=/run/postgresql'
