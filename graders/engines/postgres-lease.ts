import type pg from 'pg'
import type { Grants } from '../exercise.ts'
import { randomName, randomSecret } from './secret.ts'

/** What one submission gets of a PostgreSQL, and how nothing of it is left. Names come from randomName: no quoting needed. */

export type PreparedDatabase = {
  database: string
  inspector: { user: string; password: string }
  learner: { user: string; password: string }
}

const template = 'drillbase_template'
const learnerConnections = 80
const learnerLimits = { statement_timeout: '120s', idle_in_transaction_session_timeout: '120s' }
/** Large objects belong to whoever makes them, whatever the schema's grants say. */
const largeObjectMakers = ['lo_creat(integer)', 'lo_create(oid)', 'lo_from_bytea(oid, bytea)']

/** Once per server: nobody but the superuser may connect to the databases that come with it, and our template is made. */
export async function makeTemplate(asSuperuser: (database?: string) => Promise<pg.Client>): Promise<void> {
  const superuser = await asSuperuser()
  try {
    await superuser.query(`create database ${template} template template0`)
    await superuser.query(`revoke all on database postgres, template1, ${template} from public`)
  } finally {
    await superuser.end()
  }
  const inside = await asSuperuser(template)
  try {
    await inside.query(`revoke all on schema public from public;
      revoke execute on function ${largeObjectMakers.map((name) => `pg_catalog.${name}`).join(', ')} from public;
      alter database ${template} is_template true`)
  } finally {
    await inside.end()
  }
}

/** A database and its two roles, before any grant: made ahead of a lease, because it takes longest. */
export async function prepareDatabase(superuser: pg.Client): Promise<PreparedDatabase> {
  const database = randomName('drill')
  const inspector = { user: randomName('inspector'), password: randomSecret() }
  const learner = { user: randomName('learner'), password: randomSecret() }
  await superuser.query(`
    create role ${inspector.user} login password '${inspector.password}' in role pg_monitor, pg_signal_backend;
    create role ${learner.user} login password '${learner.password}' connection limit ${learnerConnections};
    alter role ${inspector.user} set search_path = '';
    ${Object.entries(learnerLimits)
      .map(([name, value]) => `alter role ${learner.user} set ${name} = '${value}';`)
      .join('\n')}`)
  await superuser.query(`create database ${database} template ${template} owner ${inspector.user}`)
  return { database, inspector, learner }
}

/** Run inside the lease's database: what this exercise's learner may do there with what the inspector will create. */
export async function allow(
  superuser: pg.Client,
  { database, inspector, learner }: PreparedDatabase,
  grants: Grants['postgres'],
): Promise<void> {
  const statements = [
    `revoke all on database ${database} from public`,
    `grant connect${grants?.temp ? ', temporary' : ''} on database ${database} to ${learner.user}`,
    `grant usage${grants?.create ? ', create' : ''} on schema public to ${learner.user}`,
  ]
  const byDefault = `alter default privileges for role ${inspector.user} in schema public grant`
  if (grants?.tables.length) statements.push(`${byDefault} ${grants.tables.join(', ')} on tables to ${learner.user}`)
  if (grants?.sequences) statements.push(`${byDefault} usage on sequences to ${learner.user}`)
  await superuser.query(statements.join(';\n'))
}

/** Ends every session in it, open and sleeping alike. */
export async function dropDatabase(
  superuser: pg.Client,
  { database, inspector, learner }: PreparedDatabase,
): Promise<void> {
  await superuser.query(`drop database ${database} with (force)`)
  await superuser.query(`drop role ${learner.user}, ${inspector.user}`)
}

/** Whatever a lease may leave outside its database. Not empty: the server is thrown away. */
export async function leftovers(superuser: pg.Client): Promise<{ what: string }[]> {
  const { rows } = await superuser.query(
    `select 'role ' || rolname as what from pg_roles where rolname <> 'postgres' and rolname !~ '^pg_'
     union all select 'database ' || datname from pg_database where datname <> all ($1)
     union all select 'session ' || pid from pg_stat_activity where backend_type = 'client backend' and usename <> 'postgres'
     union all select 'prepared transaction ' || gid from pg_prepared_xacts
     union all select 'replication slot ' || slot_name from pg_replication_slots
     union all select 'setting of ' || setdatabase from pg_db_role_setting
     union all select 'advisory lock ' || objid from pg_locks where locktype = 'advisory'
     union all select 'tablespace ' || spcname from pg_tablespace where spcname not in ('pg_default', 'pg_global')`,
    [['postgres', 'template0', 'template1', template]],
  )
  return rows
}
