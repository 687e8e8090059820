import { Redis } from 'ioredis'

type Config = { redis: { host: string; port: number; username: string; password: string; prefix: string } }

let client: Redis | undefined

export async function save({ redis: { prefix, ...server } }: Config, key: string, text: string): Promise<void> {
  client ??= new Redis(server)
  await client.set(prefix + key, text)
}
