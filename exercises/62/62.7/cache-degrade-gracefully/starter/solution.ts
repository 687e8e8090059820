import { Redis } from 'ioredis'

type Config = { redis: { host: string; port: number; username: string; password: string; prefix: string } }
type Answer = { value: unknown; from: 'cache' | 'load' }

// One client for the whole process. Which of its options say how long it waits, and for what?

export async function get(
  cfg: Config,
  key: string,
  ttlMs: number,
  load: (key: string) => Promise<unknown>,
): Promise<Answer> {
  throw new Error('not implemented')
}

export async function close(): Promise<void> {
  throw new Error('not implemented')
}
