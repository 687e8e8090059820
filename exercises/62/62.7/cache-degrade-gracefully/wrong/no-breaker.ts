import { Redis } from 'ioredis'

type Config = { redis: { host: string; port: number; username: string; password: string; prefix: string } }
type Answer = { value: unknown; from: 'cache' | 'load' }

const budgetMs = 150

let client: Redis | undefined

function connect(cfg: Config): Redis {
  if (!client) {
    const { host, port, username, password } = cfg.redis
    client = new Redis({
      host,
      port,
      username,
      password,
      // Also for commands that wait for a connection. Without it a frozen server is waited for without end.
      commandTimeout: budgetMs,
      connectTimeout: budgetMs,
      // A lost connection fails its commands now; they are not worth sending again.
      maxRetriesPerRequest: 0,
      retryStrategy: (attempts) => Math.min(attempts * 20, 200),
    })
    // It connects again by itself, and we load meanwhile.
    client.on('error', () => {})
  }
  return client
}

/** The only way to the cache: in time or not at all. Null when there is no answer, whatever the reason. */
async function attempt<T>(command: () => Promise<T>): Promise<T | null> {
  try {
    const answer = await command()
    return answer
  } catch {
    return null
  }
}

export async function get(
  cfg: Config,
  key: string,
  ttlMs: number,
  load: (key: string) => Promise<unknown>,
): Promise<Answer> {
  const entry = `${cfg.redis.prefix}cache:${key}`
  const hit = await attempt(() => connect(cfg).get(entry))
  if (hit !== null) return { value: JSON.parse(hit), from: 'cache' }
  // Outside of attempt: an error of the source is the caller's to see.
  const value = await load(key)
  await attempt(() => connect(cfg).set(entry, JSON.stringify(value), 'PX', ttlMs))
  return { value, from: 'load' }
}

export async function close(): Promise<void> {
  // Not quit(), which asks the server and waits for its answer.
  client?.disconnect()
  client = undefined
}
