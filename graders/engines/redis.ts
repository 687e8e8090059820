import { createHash } from 'node:crypto'
import { rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type Docker from 'dockerode'
import { Redis } from 'ioredis'
import type { Grants } from '../exercise.ts'
import type { ResolvedImage } from '../images/images.ts'
import { outlive, startEngineContainer } from './container.ts'
import type { Engine, RedisAccess } from './engine.ts'
import { makeEngineFolder } from './folder.ts'
import { randomName, randomSecret } from './secret.ts'

const memoryBytes = 256 * 1024 ** 2
const pids = 32
const socketFolder = '/run/drillbase'
const configFolder = '/etc/drillbase'
/** While it is there a server that is told to end is followed by another. */
const renewal = 'renewal'

const settings: Record<string, string> = {
  port: '0',
  unixsocket: `${socketFolder}/redis.sock`,
  unixsocketperm: '777',
  aclfile: `${configFolder}/users.acl`,
  save: '',
  appendonly: 'no',
  dir: '/tmp',
  // Below the container's limit, so that a full server refuses a write instead of being killed.
  maxmemory: '128mb',
  'maxmemory-policy': 'noeviction',
  'client-query-buffer-limit': '64mb',
  'maxmemory-clients': '64mb',
  maxclients: '1000',
  // How soon others hear BUSY, and SCRIPT KILL is heard, while a script does not end.
  'busy-reply-threshold': '1000',
  // A blocking read ends at the first tick after its time: with the usual ten a second BLOCK 100 takes up to 200 ms.
  hz: '100',
}

/** What a learner never gets, whatever an exercise grants: it outlives FLUSHALL, reaches other databases or stops the server. */
const refused = [
  '-@dangerous',
  '-@admin',
  '-function',
  '-fcall',
  '-fcall_ro',
  // Which leaves LOAD and EXISTS.
  '-script|flush',
  '-script|kill',
  '-script|debug',
  '-select',
  '-move',
  '-swapdb',
]
const scripting = ['-eval', '-eval_ro', '-evalsha', '-evalsha_ro', '-script']

/** A new server answers within some 20 ms. */
const renewMs = 2_000
const renewLookMs = 5

/**
 * Starts Redis without a network. Each lease has a server process of its own in the same container: functions, scripts, users
 * and settings survive a FLUSHALL, and none of them a process that writes nothing to its disk.
 */
export async function startRedis(
  docker: Docker,
  image: ResolvedImage,
  folder: string,
  labels: Record<string, string>,
): Promise<Engine> {
  const { sockets, config, removeAll } = await makeEngineFolder(folder)
  const upstream = join(sockets, 'redis.sock')
  let inspector = newInspector()
  await writeRules(config, [rulesOf(inspector)])

  const container = await startEngineContainer(docker, {
    reference: image.reference,
    labels,
    // By hand, because the official entry point changes user first.
    entrypoint: outlive('redis-server', `${configFolder}/${renewal}`),
    command: Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]),
    user: '999:999',
    mounts: [
      { source: sockets, target: socketFolder, mode: 'rw' },
      { source: config, target: configFolder, mode: 'ro' },
    ],
    networkMode: 'none',
    memoryBytes,
    pids,
    // A server that is busy with a script of the learner's answers BUSY: it is as healthy as it was left.
    probe: () => ask(upstream, inspector, (redis) => redis.ping()).catch(unlessBusy),
  }).catch(async (error: unknown) => {
    await removeAll()
    throw error
  })

  /** Only a server that began after it knows the new inspector. Rejects when none does in time. */
  async function renew(): Promise<void> {
    const before = inspector
    inspector = newInspector()
    await writeRules(config, [rulesOf(inspector)])
    await writeFile(join(config, renewal), '')
    // It has no answer but the end of the connection.
    await ask(upstream, before, (redis) => redis.shutdown('NOSAVE')).catch(() => {})
    const isUp = () => ask(upstream, inspector, (redis) => redis.ping()).catch(() => null)
    for (const deadline = Date.now() + renewMs; (await isUp()) === null; await sleep(renewLookMs))
      if (Date.now() > deadline) throw new Error('Redis did not begin anew')
    await rm(join(config, renewal))
  }

  let leased = false
  return {
    kind: 'redis',
    image,
    containerId: container.id,
    async lease(grants: Grants): Promise<RedisAccess> {
      if (leased) throw new Error('this Redis is leased')
      leased = true
      const learner = { user: randomName('learner'), password: randomSecret() }
      const prefix = `${randomName('drill')}:`
      // In the file and not by ACL SETUSER, so that a restarted server knows both.
      await writeRules(config, [rulesOf(inspector), rulesOfLearner(learner, prefix, grants.redis)])
      await ask(upstream, inspector, (redis) => redis.call('ACL', 'LOAD'))
      return { kind: 'redis', flavour: 'redis', product: image.product, upstream, inspector, learner, prefix }
    },
    async release() {
      if (leased) {
        if (!(await container.isUnharmed())) return 'discard'
        const late = sleep(renewMs, 'discard' as const, { ref: false })
        const state = await Promise.race([renew().then(() => 'clean' as const), late])
        if (state === 'discard') return state
      }
      leased = false
      return 'clean'
    },
    pause: container.pause,
    unpause: container.unpause,
    restart: container.restart,
    isUnharmed: container.isUnharmed,
    isHealthy: container.isHealthy,
    ranOutOfMemory: container.ranOutOfMemory,
    residentBytes: container.residentBytes,
    meddling: container.meddling,
    async stop() {
      await container.stop()
      await removeAll()
    },
  }
}

type Login = RedisAccess['inspector']
const newInspector = (): Login => ({ user: randomName('inspector'), password: randomSecret() })
const rulesOf = ({ user, password }: Login) => `user ${user} on ${hashed(password)} ~* &* +@all`

function rulesOfLearner({ user, password }: RedisAccess['learner'], prefix: string, grants: Grants['redis']): string {
  const commands = [
    '+@all',
    ...refused,
    '+info',
    ...(grants?.scripts === false ? scripting : []),
    ...(grants?.commands ?? []),
  ]
  return `user ${user} on ${hashed(password)} ~${prefix}* &${prefix}* ${commands.join(' ')}`
}

const hashed = (password: string) => `#${createHash('sha256').update(password).digest('hex')}`

async function writeRules(config: string, users: string[]): Promise<void> {
  const file = join(config, 'users.acl')
  await writeFile(`${file}.new`, `user default off\n${users.join('\n')}\n`)
  await rename(`${file}.new`, file)
}

async function ask<T>(path: string, { user, password }: Login, question: (redis: Redis) => Promise<T>) {
  const redis = new Redis({
    path,
    username: user,
    password,
    lazyConnect: true,
    retryStrategy: null,
    enableReadyCheck: false,
    maxRetriesPerRequest: 0,
  })
  // Reported by the rejected command; without a listener ioredis prints it as well.
  redis.on('error', () => {})
  try {
    await redis.connect()
    return await question(redis)
  } finally {
    redis.disconnect()
  }
}

function unlessBusy(error: unknown): void {
  if (!(error instanceof Error && error.message.startsWith('BUSY '))) throw error
}
