# Makes the data folder when the image is built: the extension takes seconds to create, a start should not.
set -eu
# Every file that the server opens is copied into the container first: small logs start sooner.
initdb -U postgres --wal-segsize=1 --auth=reject --encoding=UTF8 --locale=C.UTF-8 --no-instructions >/dev/null
cat >> "$PGDATA/postgresql.conf" <<'CONF'
listen_addresses = ''
unix_socket_directories = '/run/postgresql'
shared_preload_libraries = 'pg_cron,pg_documentdb_core,pg_documentdb'
cron.database_name = 'postgres'
cron.use_background_workers = on
fsync = off
full_page_writes = off
jit = off
log_min_messages = fatal
cron.log_run = off
cron.log_statement = off
documentdb.localhost_connection_string = 'host=/run/postgresql'
CONF
# The socket is this container's own, and only what runs as its one user may enter, as any role.
printf 'local postgres all peer map=engine\n' > "$PGDATA/pg_hba.conf"
printf 'engine postgres all\n' > "$PGDATA/pg_ident.conf"

pg_ctl -w -s start
# FerretDB runs every command as its own role, whoever sent it: what that role may not do, no client can. So the two users
# are made here and the commands about users are taken away; a learner could change the inspector's password otherwise.
psql -qX -v ON_ERROR_STOP=1 -d postgres <<'SQL'
CREATE EXTENSION documentdb CASCADE;
CREATE ROLE ferretdb LOGIN IN ROLE documentdb_admin_role;
SELECT documentdb_api.create_user(format('{"createUser": "%s", "pwd": "replaced at start, 0123456789", "roles": [
  {"role": "readWriteAnyDatabase", "db": "admin"}, {"role": "clusterAdmin", "db": "admin"}]}', name)::documentdb_core.bson)
FROM unnest(ARRAY['inspector', 'learner']) AS name;
ALTER ROLE inspector PASSWORD NULL;
ALTER ROLE learner PASSWORD NULL;
REVOKE EXECUTE ON FUNCTION documentdb_api.create_user, documentdb_api.update_user, documentdb_api.drop_user,
  documentdb_api.create_role, documentdb_api.update_role, documentdb_api.drop_role FROM PUBLIC;
CHECKPOINT;
SQL
pg_ctl -w -s -m fast stop
