import { setTimeout as pause } from 'node:timers/promises'
import { Redis } from 'ioredis'

/** What the code of this section presupposes. */

type Run = (names?: { Redis: typeof Redis }) => Promise<unknown>

export async function c14(run: Run) {
  await run({ Redis })
}

/** Cuts the connection while the read blocks. */
export async function c15(run: Run) {
  const redis = new Redis()
  await redis.xgroup('CREATE', 's', 'g', '$', 'MKSTREAM')
  await Promise.all([run({ Redis }), cut(redis)])
}

async function cut(redis: Redis) {
  for (;;) {
    const clients = String(await redis.call('CLIENT', 'LIST'))
    const blocked = /^id=(\d+) .* cmd=xreadgroup/m.exec(clients)?.[1]
    if (blocked) return redis.call('CLIENT', 'KILL', 'ID', blocked)
    await pause(1)
  }
}
