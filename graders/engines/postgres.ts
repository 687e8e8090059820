import { rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type Docker from 'dockerode'
import pg from 'pg'
import type { Grants } from '../exercise.ts'
import type { ResolvedImage } from '../images/images.ts'
import { startEngineContainer } from './container.ts'
import type { Engine, PostgresAccess } from './engine.ts'
import { makeEngineFolder } from './folder.ts'
import {
  allow,
  dropDatabase,
  leftovers,
  makeTemplate,
  type PreparedDatabase,
  prepareDatabase,
} from './postgres-lease.ts'
import { randomSecret } from './secret.ts'

const memoryBytes = 512 * 1024 ** 2
const pids = 200
/** SQLSTATE out_of_memory. */
const outOfSharedMemory = '53200'
/** A table's file, or an index's. */
const fileBytes = 256 * 1024 ** 2
/** Statistics and catalogs grow with every database that came and went. */
const leasesUntilReplaced = 200

const dataFolder = '/var/lib/postgresql/data'
const socketFolder = '/run/drillbase'
const configFolder = '/etc/drillbase'

// The official image's data folder is a volume, empty at first; its own entry point would run a second server to fill it.
const initialise = `{ [ -s ${dataFolder}/PG_VERSION ] || initdb -U postgres --auth=reject --encoding=UTF8 --locale=C.UTF-8 --no-sync; }`

/** Durability is off, because a lease outlives no crash of the machine; what a submission can observe stays as usual. */
const settings: Record<string, string> = {
  listen_addresses: '',
  unix_socket_directories: socketFolder,
  unix_socket_permissions: '0777',
  hba_file: `${configFolder}/pg_hba.conf`,
  fsync: 'off',
  full_page_writes: 'off',
  wal_level: 'minimal',
  // Without these there are neither replication slots nor prepared transactions that could outlive a lease.
  max_wal_senders: '0',
  max_replication_slots: '0',
  max_prepared_transactions: '0',
  max_wal_size: '256MB',
  min_wal_size: '32MB',
  // A learner's sessions (postgres-lease.ts), as many connections again that never log in and hold a place all the same
  // (the proxy's cap), and ours.
  max_connections: '180',
  // A query whose client is gone would keep its place until it ends.
  client_connection_check_interval: '1s',
  shared_buffers: '64MB',
  temp_file_limit: '64MB',
  max_parallel_workers_per_gather: '0',
  jit: 'off',
  deadlock_timeout: '100ms',
  // DROP DATABASE waits for connections that never finish logging in.
  authentication_timeout: '5s',
  password_encryption: 'scram-sha-256',
  // Passwords are 192 random bits: stretching them would only cost every connection several ms.
  scram_iterations: '1',
  log_min_messages: 'fatal',
}

/** Starts PostgreSQL 17 without a network. `folder` is its own and is removed by stop(). */
export async function startPostgres(
  docker: Docker,
  image: ResolvedImage,
  folder: string,
  labels: Record<string, string>,
): Promise<Engine> {
  const { sockets, config, removeAll } = await makeEngineFolder(folder)
  const accessRules = join(config, 'pg_hba.conf')
  await writeFile(accessRules, 'local postgres postgres trust\n')
  let password: string | undefined
  const asSuperuser = (database = 'postgres') =>
    connect({ host: sockets, user: 'postgres', password, database, connectionTimeoutMillis: 5_000 })
  // Locks live in memory that is measured out when the server starts. Full of one session's, nobody can log in any more.
  let wasFullOfLocks = false
  const probe = async () => {
    try {
      await (await asSuperuser()).end()
    } catch (error) {
      wasFullOfLocks ||= (error as { code?: string }).code === outOfSharedMemory
      throw error
    }
  }
  const container = await startEngineContainer(docker, {
    reference: image.reference,
    labels,
    entrypoint: ['sh', '-c', `${initialise} && exec postgres "$@"`, 'sh'],
    command: Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    user: 'postgres',
    environment: { PGDATA: dataFolder },
    mounts: [
      { source: sockets, target: socketFolder, mode: 'rw' },
      { source: config, target: configFolder, mode: 'ro' },
    ],
    networkMode: 'none',
    memoryBytes,
    pids,
    fileBytes,
    probe,
  }).catch(async (error: unknown) => {
    await removeAll()
    throw error
  })

  const ranOutOfMemory = async () => wasFullOfLocks || container.ranOutOfMemory()
  const stop = async () => {
    await container.stop()
    await removeAll()
  }
  let leases = 0
  let next: Promise<Next>
  let current: PreparedDatabase | null = null

  /** Nobody but us can reach the sockets yet; from here on every login needs a password, and only one is known. */
  async function closeTheDoor() {
    const superuser = await asSuperuser()
    try {
      const secret = randomSecret()
      await superuser.query(`alter role postgres password '${secret}'`)
      await writeFile(`${accessRules}.new`, 'local replication all reject\nlocal all all scram-sha-256\n')
      await rename(`${accessRules}.new`, accessRules)
      await superuser.query('select pg_reload_conf()')
      await refusesWrongPassword(sockets)
      password = secret
    } finally {
      await superuser.end()
    }
  }

  async function prepareNext(): Promise<Next> {
    const superuser = await asSuperuser()
    try {
      const prepared = await prepareDatabase(superuser)
      return { prepared, inside: await asSuperuser(prepared.database) }
    } finally {
      await superuser.end()
    }
  }

  try {
    await closeTheDoor()
    await makeTemplate(asSuperuser)
    next = prepareNext()
    await next
  } catch (error) {
    await stop()
    throw error
  }

  return {
    kind: 'postgres',
    image,
    containerId: container.id,
    async lease(grants: Grants): Promise<PostgresAccess> {
      if (current !== null) throw new Error('this PostgreSQL is leased already')
      const { prepared, inside } = await next
      current = prepared
      leases++
      try {
        await allow(inside, current, grants.postgres)
      } finally {
        // Nobody waits for its end. It is ours, and gone long before the learner can connect.
        inside.end().catch(() => {})
      }
      return { kind: 'postgres', flavour: 'postgres', product: image.product, upstream: sockets, ...current }
    },
    async release() {
      if (current === null) return 'clean'
      await container.unpause()
      if (await ranOutOfMemory()) return 'discard'
      const superuser = await asSuperuser()
      try {
        await dropDatabase(superuser, current)
        current = null
        if (leases >= leasesUntilReplaced || (await leftovers(superuser)).length > 0) return 'discard'
      } finally {
        await superuser.end()
      }
      next = prepareNext()
      await next
      return 'clean'
    },
    pause: container.pause,
    unpause: container.unpause,
    restart: container.restart,
    isUnharmed: container.isUnharmed,
    isHealthy: container.isHealthy,
    ranOutOfMemory,
    residentBytes: container.residentBytes,
    meddling: container.meddling,
    stop,
  }
}

/** A database made ahead of its lease, and the superuser's session in it, because logging in takes as long as all grants. */
type Next = { prepared: PreparedDatabase; inside: pg.Client }

/** A wrong password rather than none: a client that has none leaves the server waiting, and DROP DATABASE waits for that. */
async function refusesWrongPassword(host: string): Promise<void> {
  const stranger = { host, user: 'postgres', password: randomSecret(), database: 'postgres' }
  for (let tries = 0; tries < 200; tries++) {
    try {
      const client = await connect(stranger)
      await client.end()
    } catch {
      return
    }
  }
  throw new Error('PostgreSQL still lets the superuser in without a password')
}

async function connect(config: pg.ClientConfig): Promise<pg.Client> {
  const client = new pg.Client(config)
  // A backend that is ended under us reports itself on the next query; without a listener it would end this process.
  client.on('error', () => {})
  await client.connect()
  return client
}
