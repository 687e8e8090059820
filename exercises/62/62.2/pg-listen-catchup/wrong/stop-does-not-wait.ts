import pg from 'pg'

type Config = { pg: { host: string; port: number; user: string; password: string; database: string } }
type Event = { id: number; payload: string }
type OnEvent = (event: Event) => Promise<void>

const batchSize = 100
const reconnectMs = 100

export async function startConsumer(config: Config, fromId: number, onEvent: OnEvent) {
  const consumer = new Consumer(config, fromId, onEvent)
  void consumer.run()
  return {
    async stop(): Promise<void> {
      consumer.stop()
    },
  }
}

class Consumer {
  readonly #config: Config
  readonly #onEvent: OnEvent
  /** The last event that was handled. All that a new connection needs to know. */
  #position: number
  #stopped = false
  /** Something may have happened: a notification, a lost connection, a stop. */
  #rung = false
  #wake: () => void = () => {}

  constructor(config: Config, fromId: number, onEvent: OnEvent) {
    this.#config = config
    this.#position = fromId
    this.#onEvent = onEvent
  }

  stop(): void {
    this.#stopped = true
    this.#ring()
  }

  async run(): Promise<void> {
    while (!this.#stopped) {
      const client = new pg.Client(this.#config.pg)
      // A lost connection and a failed handler end in the same way: connect anew and go on after the last handled event.
      await this.#follow(client).catch(() => {})
      await client.end().catch(() => {})
      if (!this.#stopped) await this.#bell(reconnectMs)
    }
  }

  async #follow(client: pg.Client): Promise<void> {
    let lost = false
    const onLost = () => {
      lost = true
      this.#ring()
    }
    client.on('error', onLost)
    client.on('end', onLost)
    client.on('notification', () => this.#ring())
    await client.connect()
    // Before the first read: whatever commits after it rings, whatever committed before it is read.
    await client.query('listen events')
    while (!lost && !this.#stopped) {
      // Before reading, not after: an event that commits during the read must ring again.
      this.#rung = false
      await this.#readAll(client)
      if (!this.#rung && !this.#stopped) await this.#bell()
    }
  }

  async #readAll(client: pg.Client): Promise<void> {
    for (let size = batchSize; size === batchSize && !this.#stopped; ) {
      const { rows } = await client.query<{ id: string; payload: string }>(
        'select id, payload from events where id > $1 order by id limit $2',
        [this.#position, batchSize],
      )
      size = rows.length
      for (const { id, payload } of rows) {
        if (this.#stopped) return
        await this.#onEvent({ id: Number(id), payload })
        this.#position = Number(id)
      }
    }
  }

  #ring(): void {
    this.#rung = true
    this.#wake()
  }

  async #bell(timeoutMs?: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined
    await new Promise<void>((resolve) => {
      this.#wake = resolve
      if (timeoutMs !== undefined) timer = setTimeout(resolve, timeoutMs)
    })
    clearTimeout(timer)
  }
}
