import { randomBytes } from 'node:crypto'
import { chmod, rename } from 'node:fs/promises'
import { createServer, connect as dial, type Server, type Socket } from 'node:net'
import type { Traffic } from '../traffic.ts'
import type { Proxy as SuiteProxy } from './kit-types.ts'
import { statementCounters } from './statements.ts'
import { WaitClock } from './wait-clock.ts'

/** Where a proxy listens: the socket that the gate dials, or (local back end) a free port of 127.0.0.1. */
export type ListenAt = { socket: string } | 'loopback'

/** What every proxy adds for the judge to the face that suites see. */
export type OwnedProxy<P extends SuiteProxy = SuiteProxy> = P & {
  /** Port on 127.0.0.1; null when it listens on a socket. */
  readonly port: number | null
  /** Over the whole run: `reset()` leaves it alone. */
  traffic(): Traffic
  /** The engine itself stands still because the suite wants it: nobody waits meanwhile. */
  standStill(on: boolean): void
  close(): Promise<void>
}

export const noTraffic: Traffic = {
  connections: 0,
  openAtOnce: 0,
  statements: 0,
  roundTrips: 0,
  waitingMs: 0,
  bytesUp: 0,
  bytesDown: 0,
  capacity: null,
}

// A hostile client must not grow this process: connections beyond the cap are dropped, and what is held back for a delayed
// or slow peer stops being read at this size (each direction of each connection).
export const maxOpenConnections = 200
/** More than a learner's role may have sessions, so that the server itself says no; what never logs in counts as well. */
export const maxPostgresConnections = 85
const maxHeldBytes = 1_048_576
/** For a delay, by all connections together. */
const maxHeldTogether = 32 * 1_048_576

/** Listens, and lets the gate (another user id) dial. */
export async function listen(server: Server, at: ListenAt): Promise<number | null> {
  // Node removes what it bound when it closes: that name is its own, so a late one cannot take the socket of the next judge away.
  const path = at === 'loopback' ? null : `${at.socket}.${randomBytes(2).toString('hex')}`
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(path === null ? { host: '127.0.0.1', port: 0 } : { path }, () => {
      server.off('error', reject)
      resolve()
    })
  })
  if (at !== 'loopback' && path !== null) {
    await chmod(path, 0o666)
    await rename(path, at.socket)
    return null
  }
  return (server.address() as { port: number }).port
}

/**
 * The only way between a submission and an engine that speaks its protocol over one stream (PostgreSQL, MongoDB, Redis).
 * Relays bytes with back-pressure in both directions, counts them, and bends the connection on request.
 * `watch` counts a byte sequence in what the engine answers, also across chunks: `proxy.seen()`.
 */
export async function openTcpProxy(options: {
  listenAt: ListenAt
  /** Path of the engine's unix socket. */
  upstream: string
  protocol: keyof typeof statementCounters
  watch?: Buffer
  /** Where the server can take less than the proxy. */
  maxConnections?: number
}): Promise<OwnedProxy & { seen(): number }> {
  const { maxConnections = maxOpenConnections } = options
  const pairs = new Set<{ destroy(): void }>()
  const bent = { delayMs: 0, hole: false, refuse: false, heldBytes: 0 }
  const since = { connections: 0, most: 0, turns: 0, bytesUp: 0, bytesDown: 0, seen: 0 }
  const total = { ...noTraffic }
  const clock = new WaitClock()
  let stands = false
  const bend = (change: Partial<typeof bent>) => {
    Object.assign(bent, change)
    clock.bend(stands || bent.hole || bent.delayMs > 0)
  }

  const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    if (bent.refuse || pairs.size >= maxConnections) return void client.destroy()
    since.connections++
    total.connections++
    // In a hole there is no upstream and never will be: what was swallowed stays lost for this connection.
    const engine = bent.hole ? null : dial({ path: options.upstream, allowHalfOpen: true })
    const pair = {
      destroy() {
        client.destroy()
        engine?.destroy()
        pairs.delete(pair)
        clock.end(pair)
      },
    }
    pairs.add(pair)
    since.most = Math.max(since.most, pairs.size)
    total.openAtOnce = Math.max(total.openAtOnce, pairs.size)

    const counter = statementCounters[options.protocol]()
    let asking = false
    let tail: Buffer = Buffer.alloc(0)
    relay(client, engine, bent, (chunk) => {
      since.bytesUp += chunk.length
      total.bytesUp += chunk.length
      total.statements += counter.see(chunk)
      if (engine && counter.asks) clock.begin(pair)
      if (asking) return
      asking = true
      since.turns++
      total.roundTrips++
    })
    if (engine)
      relay(engine, client, bent, (chunk) => {
        since.bytesDown += chunk.length
        total.bytesDown += chunk.length
        asking = false
        clock.end(pair)
        if (!options.watch) return
        const overlap = options.watch.length - 1
        const seam = Buffer.concat([tail, chunk.subarray(0, overlap)])
        since.seen += occurrences(seam, options.watch) + occurrences(chunk, options.watch)
        tail = Buffer.concat([tail, chunk.subarray(-overlap)]).subarray(-overlap)
      })
    for (const socket of engine ? [client, engine] : [client]) {
      socket.on('error', pair.destroy)
      socket.on('close', pair.destroy)
    }
  })
  const port = await listen(server, options.listenAt)

  const cut = () => {
    for (const pair of [...pairs]) pair.destroy()
  }
  return {
    port,
    reset() {
      bend({ delayMs: 0, hole: false, refuse: false })
      Object.assign(since, { connections: 0, most: pairs.size, turns: 0, bytesUp: 0, bytesDown: 0, seen: 0 })
    },
    get connections() {
      return since.connections
    },
    get openConnections() {
      return pairs.size
    },
    get maxOpenConnections() {
      return since.most
    },
    get turns() {
      return since.turns
    },
    get bytesUp() {
      return since.bytesUp
    },
    get bytesDown() {
      return since.bytesDown
    },
    delay(ms) {
      bend({ delayMs: ms })
    },
    hole(on) {
      bend({ hole: on })
    },
    refuse(on) {
      bend({ refuse: on })
    },
    cut,
    seen: () => since.seen,
    traffic: () => ({ ...total, waitingMs: clock.ms }),
    standStill(on) {
      stands = on
      bend({})
    },
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      cut()
      await closed
    },
  }
}

function relay(
  from: Socket,
  to: Socket | null,
  bent: { delayMs: number; hole: boolean; heldBytes: number },
  count: (chunk: Buffer) => void,
): void {
  // Chunks leave in the order in which they came, also when the delay changes between them.
  const held: { chunk: Buffer | null; dueAt: number }[] = []
  let heldBytes = 0
  let timer: NodeJS.Timeout | null = null

  const deliver = (chunk: Buffer | null) => {
    if (!to || to.destroyed) return
    if (chunk === null) to.end()
    else if (!to.write(chunk)) from.pause()
  }
  const flush = () => {
    timer = null
    while (held[0] && held[0].dueAt <= performance.now()) {
      const { chunk } = held.shift() as (typeof held)[0]
      heldBytes -= chunk?.length ?? 0
      bent.heldBytes -= chunk?.length ?? 0
      deliver(chunk)
    }
    if (held[0]) timer = setTimeout(flush, held[0].dueAt - performance.now())
    else if (to && !to.writableNeedDrain) from.resume()
  }
  const pass = (chunk: Buffer | null) => {
    if (bent.delayMs === 0 && held.length === 0) return deliver(chunk)
    const dueAt = Math.max(performance.now() + bent.delayMs, held.at(-1)?.dueAt ?? 0)
    held.push({ chunk, dueAt })
    heldBytes += chunk?.length ?? 0
    bent.heldBytes += chunk?.length ?? 0
    if (heldBytes > maxHeldBytes || bent.heldBytes > maxHeldTogether) from.pause()
    timer ??= setTimeout(flush, dueAt - performance.now())
  }
  from.on('data', (chunk: Buffer) => {
    count(chunk)
    if (to && !bent.hole) pass(chunk)
  })
  from.on('end', () => pass(null))
  to?.on('drain', () => {
    if (heldBytes <= maxHeldBytes) from.resume()
  })
  from.on('close', () => {
    if (timer) clearTimeout(timer)
    bent.heldBytes -= heldBytes
    heldBytes = 0
    held.length = 0
  })
}

function occurrences(haystack: Buffer, needle: Buffer): number {
  let found = 0
  for (let at = haystack.indexOf(needle); at !== -1; at = haystack.indexOf(needle, at + 1)) found++
  return found
}
