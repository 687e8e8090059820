import pg from 'pg'
import type { PostgresAccess } from '../../engines/engine.ts'
import type { EngineLink } from '../back-end.ts'
import { postgresInventory } from '../inventory/postgres.ts'
import type { PostgresHandle } from '../kit-types.ts'
import { engineFaults } from './faults.ts'
import type { OpenHandle } from './open-handle.ts'
import { Reading } from './reading.ts'

type Options = { schema?: string; seed?: (inspect: pg.Pool) => Promise<unknown> }

// A table that a test left locked: the wait is over soon, and whoever holds the lock is ended.
const lockTimeoutMs = 300
const lockNotAvailable = '55P03'
const outOfMemory = '53200'
const endMs = 2_000

export function postgresHandle(
  link: EngineLink<PostgresAccess>,
  options: Options = {},
): OpenHandle & { handle: PostgresHandle } {
  const { access, proxy } = link
  const reading = new Reading()
  const inspect = new pg.Pool({
    host: access.upstream,
    user: access.inspector.user,
    password: access.inspector.password,
    database: access.database,
    options: '-c search_path=',
    max: 8,
    stream: () => reading.socket(),
  })
  // Connections that a restart ended are replaced by the pool; nothing else to do about them.
  inspect.on('error', () => {})

  const endBackends = async (condition: string, parameters: unknown[]) => {
    const { rows } = await inspect.query(
      `select pid, pg_catalog.pg_terminate_backend(pid) as asked from pg_catalog.pg_stat_activity
       where usename = $1 and datname = $2 and backend_type = 'client backend' and ${condition}`,
      [access.learner.user, access.database, ...parameters],
    )
    // Waited for here, because pg_terminate_backend(pid, timeout) looks every 100 ms only, one backend after another.
    const pids = rows.filter((row) => row.asked).map((row) => row.pid)
    let alive = pids.length
    for (const deadline = performance.now() + endMs; alive > 0 && performance.now() < deadline; ) {
      const { rowCount } = await inspect.query('select from pg_catalog.pg_stat_activity where pid = any ($1)', [pids])
      alive = rowCount ?? 0
    }
    return pids.length - alive
  }
  const faults = engineFaults(link, () => answering(inspect))

  return {
    kind: access.kind,
    handle: {
      cfg: {
        pg: {
          host: '127.0.0.1',
          port: link.port,
          user: access.learner.user,
          password: access.learner.password,
          database: access.database,
        },
      },
      inspect,
      async sessions() {
        const { rows } = await inspect.query(
          `select pid, state, wait_event_type as "waitEventType", coalesce(query, '') as query
           from pg_catalog.pg_stat_activity
           where usename = $1 and datname = $2 and backend_type = 'client backend' order by pid`,
          [access.learner.user, access.database],
        )
        return rows
      },
      deadlocks: async () => proxy.seen(),
      faults: {
        terminateBackends: (pids) => (pids ? endBackends('pid = any($3)', [pids]) : endBackends('true', [])),
        pause: faults.pause,
        restart: faults.restart,
      },
      proxy,
    },
    async setUp() {
      if (options.schema) await inspect.query(options.schema)
    },
    async reset() {
      faults.begin()
      try {
        await inspect.query(emptyTables)
      } catch (error) {
        const { code } = error as { code?: string }
        if (code !== lockNotAvailable && code !== outOfMemory) throw error
        // The memory is that of the locks, which sessions hold that are idle.
        await endBackends(code === outOfMemory ? 'true' : `state <> 'idle'`, [])
        await inspect.query(emptyTables)
      }
      await options.seed?.(inspect)
    },
    reading,
    resetProxy: proxy.reset,
    heal: faults.heal,
    async inventory() {
      const { upstream: host, database, learner } = access
      return { kind: access.kind, ...(await postgresInventory(inspect, { host, database, ...learner })) }
    },
    close: () => inspect.end(),
  }
}

/**
 * One round trip: empties the inspector's tables that hold rows and starts every sequence again. A table that the learner
 * made is left alone, because the inspector does not own it.
 */
const emptyTables = `do $$
declare
  candidate record;
  filled text[] := '{}';
  has_rows boolean;
begin
  perform pg_catalog.set_config('lock_timeout', '${lockTimeoutMs}ms', true);
  for candidate in
    select pg_catalog.format('%I.%I', n.nspname, c.relname) as name
    from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p') and not c.relispartition and n.nspname !~ '^(pg_|information_schema$)'
      and c.relowner = (select oid from pg_catalog.pg_roles where rolname = current_user)
  loop
    execute 'select exists (select from ' || candidate.name || ')' into has_rows;
    if has_rows then filled := filled || candidate.name; end if;
  end loop;
  if pg_catalog.cardinality(filled) > 0 then
    execute 'truncate ' || pg_catalog.array_to_string(filled, ', ') || ' cascade';
  end if;
  for candidate in
    select pg_catalog.format('%I.%I', schemaname, sequencename)::regclass as sequence, start_value
    from pg_catalog.pg_sequences where sequenceowner = current_user and last_value is not null
  loop
    perform pg_catalog.setval(candidate.sequence, candidate.start_value, false);
  end loop;
end $$`

async function answering(inspect: pg.Pool): Promise<void> {
  const deadline = performance.now() + 15_000
  for (;;) {
    try {
      await inspect.query('select')
      return
    } catch (error) {
      if (performance.now() > deadline) throw error
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }
}
