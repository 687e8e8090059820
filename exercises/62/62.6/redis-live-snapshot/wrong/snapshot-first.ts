import { Redis } from 'ioredis'

type Config = { redis: { host: string; port: number; username: string; password: string; prefix: string } }
type View = { version: number; state: Record<string, string> }
type Change = { version: number; set: Record<string, string>; del: string[] }

export async function watch(
  cfg: Config,
  topic: string,
  onState: (view: View) => Promise<void>,
): Promise<{ stop(): Promise<void> }> {
  const { host, port, username, password, prefix } = cfg.redis
  const channel = `${prefix}chan:${topic}`
  const server = { host, port, username, password, maxRetriesPerRequest: null }
  const queries = new Redis(server)
  // The driver's own way would subscribe again in silence. We have to know, because changes were missed meanwhile.
  const subscriber = new Redis({ ...server, autoResubscribe: false })
  for (const client of [queries, subscriber]) client.on('error', () => {})

  let view: View = { version: -1, state: {} }
  let stopped = false

  // Everything happens one after the other: a message that arrives while the snapshot is read waits behind it.
  let lastTask = Promise.resolve()
  const enqueue = (task: () => Promise<void>) => {
    lastTask = lastTask.then(() => (stopped ? undefined : task())).catch(() => {})
  }

  async function report(next: View): Promise<void> {
    if (next.version <= view.version) return
    view = next
    await onState({ version: view.version, state: { ...view.state } })
  }

  async function catchUp(): Promise<void> {
    const read = queries.multi().hgetall(`${prefix}state:${topic}`).get(`${prefix}ver:${topic}`)
    const [[, state], [, version]] = (await read.exec()) as [[null, Record<string, string>], [null, string | null]]
    await report({ version: Number(version ?? 0), state })
    await subscriber.subscribe(channel)
  }

  async function apply({ version, set, del }: Change): Promise<void> {
    const state = { ...view.state, ...set }
    for (const field of del) delete state[field]
    await report({ version, state })
  }

  subscriber.on('ready', () => enqueue(catchUp))
  subscriber.on('message', (_channel, text) => enqueue(() => apply(JSON.parse(text))))

  return {
    async stop() {
      stopped = true
      subscriber.disconnect()
      queries.disconnect()
      await lastTask
    },
  }
}
