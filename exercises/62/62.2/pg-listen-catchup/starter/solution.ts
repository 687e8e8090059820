import pg from 'pg'

type Config = { pg: { host: string; port: number; user: string; password: string; database: string } }
type Event = { id: number; payload: string }

/** Hands every event after `fromId` to `onEvent`, in order and one at a time, until it is stopped. */
export async function startConsumer(
  cfg: Config,
  fromId: number,
  onEvent: (event: Event) => Promise<void>,
): Promise<{ stop(): Promise<void> }> {
  throw new Error('not implemented')
}
