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

// A blocking read holds up everything else on its connection, so a worker wants a client of its own.

export async function startWorker(
  cfg: Config,
  options: Options,
  handler: (entry: Entry) => Promise<void>,
): Promise<{ stop(): Promise<void> }> {
  throw new Error('not implemented')
}
