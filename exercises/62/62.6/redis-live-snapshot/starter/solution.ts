import { Redis } from 'ioredis'

type Config = { redis: { host: string; port: number; username: string; password: string; prefix: string } }
type View = { version: number; state: Record<string, string> }

// The keys are `${prefix}state:${topic}` and `${prefix}ver:${topic}`, the channel is `${prefix}chan:${topic}`.

export async function watch(
  cfg: Config,
  topic: string,
  onState: (view: View) => Promise<void>,
): Promise<{ stop(): Promise<void> }> {
  throw new Error('not implemented')
}
