import { AbstractConnector, Redis } from 'ioredis'
import type { RedisAccess } from '../../engines/engine.ts'
import type { EngineLink } from '../back-end.ts'
import { redisInventory } from '../inventory/redis.ts'
import type { RedisHandle } from '../kit-types.ts'
import { engineFaults } from './faults.ts'
import type { OpenHandle } from './open-handle.ts'
import { Reading } from './reading.ts'

type Options = { seed?: (inspect: Redis) => Promise<unknown> }

export function redisHandle(
  link: EngineLink<RedisAccess>,
  options: Options = {},
): OpenHandle & { handle: RedisHandle } {
  const { access, proxy } = link
  const reading = new Reading()
  const inspect = new Redis({
    Connector: connectorTo(access.upstream, reading),
    username: access.inspector.user,
    password: access.inspector.password,
    maxRetriesPerRequest: null,
    // Whatever waits for an answer that is too long is given up; `heal` connects again.
    retryStrategy: () => (reading.isOver ? null : 20),
  })
  // It connects again by itself; a server that stays away shows in the command that waits for it.
  inspect.on('error', () => {})
  const faults = engineFaults(link, () => inspect.ping())
  let starved = false
  const outOfMemory = async (on: boolean) => {
    if (on) await inspect.config('SET', 'maxmemory-policy', 'noeviction')
    await inspect.config('SET', 'maxmemory', on ? '1' : '0')
    starved = on
  }

  return {
    kind: access.kind,
    handle: {
      cfg: {
        redis: {
          host: '127.0.0.1',
          port: link.port,
          username: access.learner.user,
          password: access.learner.password,
          prefix: access.prefix,
        },
      },
      inspect,
      key: (name) => access.prefix + name,
      async clients() {
        const lines = ((await inspect.client('LIST')) as string).split('\n').filter((line) => line !== '')
        return lines.map(parseClient).filter((client) => client.user === access.learner.user)
      },
      faults: {
        killClients: async () => Number(await inspect.client('KILL', 'USER', access.learner.user)),
        pause: faults.pause,
        restart: faults.restart,
        outOfMemory,
      },
      proxy,
    },
    async setUp() {
      await inspect.ping()
    },
    async reset() {
      faults.begin()
      await inspect.flushall('SYNC')
      await options.seed?.(inspect)
    },
    reading,
    resetProxy: proxy.reset,
    async heal() {
      await faults.heal()
      if (inspect.status === 'end') await inspect.connect()
      if (starved) await outOfMemory(false)
    },
    inventory: async () => ({ kind: access.kind, ...(await redisInventory(inspect, access.prefix)) }),
    async close() {
      inspect.disconnect()
    },
  }
}

/** As ioredis connects to a path, on a socket that is watched. */
const connectorTo = (path: string, reading: Reading) =>
  class extends AbstractConnector {
    constructor(options: unknown) {
      super((options as { disconnectTimeout: number }).disconnectTimeout)
    }

    async connect() {
      this.connecting = true
      this.stream = reading.socket().connect(path)
      return this.stream
    }
  }

/** `id=7 addr=… name= user=learner …`: no value of CLIENT LIST holds a space. */
const parseClient = (line: string): Record<string, string> =>
  Object.fromEntries(
    line.split(' ').map((field) => {
      const at = field.indexOf('=')
      return [field.slice(0, at), field.slice(at + 1)]
    }),
  )
