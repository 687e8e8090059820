import { setTimeout as pause } from 'node:timers/promises'
import { Redis } from 'ioredis'

type Config = { redis: { host: string; port: number; username: string; password: string; prefix: string } }
type Options = {
  stream: string
  group: string
  consumer: string
  idleMs: number
  maxDeliveries: number
  dlq: string
}
type Entry = { id: string; fields: Record<string, string>; deliveries: number }
type Raw = [id: string, fields: string[]]

/** How long a read may wait for new entries: claiming and stopping have to wait as long. */
const longestBlockMs = 100

export async function startWorker(
  cfg: Config,
  options: Options,
  handler: (entry: Entry) => Promise<void>,
): Promise<{ stop(): Promise<void> }> {
  const { group, consumer, idleMs, maxDeliveries } = options
  const { host, port, username, password, prefix } = cfg.redis
  const [stream, dlq] = [prefix + options.stream, prefix + options.dlq]
  // One client per worker: a blocking read holds up everything else on its connection. No limit of retries, because a
  // worker has nobody to give up to.
  const client = new Redis({ host, port, username, password, maxRetriesPerRequest: null })
  client.on('error', () => {})

  // From '0': what was in the stream before the group is work as well.
  await client.xgroup('CREATE', stream, group, '0', 'MKSTREAM').catch((error: Error) => {
    if (!error.message.startsWith('BUSYGROUP')) throw error
  })

  let cursor = '0-0'
  let stopped = false

  /** One entry that somebody left behind. References to entries that are no longer there are dropped by the server. */
  async function claimAbandoned(): Promise<Raw | undefined> {
    const [next, entries] = (await client.xautoclaim(stream, group, consumer, idleMs, cursor, 'COUNT', 1)) as [
      string,
      Raw[],
    ]
    cursor = next
    return entries[0]
  }

  /** One at a time: whatever waited behind it would be pending in our name, and grow idle. */
  async function readNew(): Promise<Raw | undefined> {
    const blockMs = Math.min(longestBlockMs, idleMs)
    const reply = (await client.xreadgroup(
      'GROUP',
      group,
      consumer,
      'COUNT',
      1,
      'BLOCK',
      blockMs,
      'STREAMS',
      stream,
      '>',
    )) as [string, Raw[]][] | null
    return reply?.[0]?.[1][0]
  }

  async function deliveriesOf(id: string): Promise<number> {
    const [pending] = (await client.xpending(stream, group, id, id, 1)) as [string, string, number, number][]
    return pending?.[3] ?? 1
  }

  async function settle([id, fields]: Raw, deliveries: number): Promise<void> {
    if (deliveries > maxDeliveries) {
      const written = client.multi()
      written.xadd(dlq, '*', 'origId', id, ...fields)
      written.xack(stream, group, id)
      for (const [error] of (await written.exec()) ?? []) if (error) throw error
      return
    }
    try {
      await handler({ id, fields: toRecord(fields), deliveries })
    } catch {
      return // It stays pending, and comes back when it has been idle for long enough.
    }
    await client.xack(stream, group, id)
  }

  async function turn(): Promise<void> {
    const own = await readOwn()
    if (own) return settle(own, await deliveriesOf(own[0]))
    const abandoned = await claimAbandoned()
    if (abandoned) return settle(abandoned, await deliveriesOf(abandoned[0]))
    const fresh = await readNew()
    if (fresh) await settle(fresh, 1)
  }

  /** What an earlier worker of this name was given and did not finish. */
  async function readOwn(): Promise<Raw | undefined> {
    const reply = (await client.xreadgroup('GROUP', group, consumer, 'COUNT', 1, 'STREAMS', stream, '0')) as
      | [string, Raw[]][]
      | null
    return reply?.[0]?.[1][0]
  }

  async function work(): Promise<void> {
    // An entry whose turn was cut short is pending, so the next turn may forget about it.
    while (!stopped) await turn().catch(() => pause(50))
  }

  const working = work()
  return {
    async stop() {
      stopped = true
      await working
      client.disconnect()
    },
  }
}

function toRecord(flat: string[]): Record<string, string> {
  const record: Record<string, string> = {}
  for (let i = 0; i < flat.length; i += 2) record[flat[i] as string] = flat[i + 1] as string
  return record
}
