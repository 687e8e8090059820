import type { Socket } from 'node:net'
import type { Traffic } from '../traffic.ts'
import type { DynamodbHandle, DynamodbRequest, DynamodbRule } from './kit-types.ts'
import { noTraffic, type OwnedProxy } from './proxy.ts'

// The log belongs to a test; a submission that floods it loses the bodies, then the entries, not the judge its memory.
const maxLoggedBytes = 16 * 1_048_576
const maxLoggedRequests = 50_000

/** What the requests to one Region did since the last reset, and how they are bent. */
export class RegionTraffic {
  readonly total: Traffic = { ...noTraffic }
  rule: DynamodbRule | null = null
  delayMs = 0
  swallowing = false
  refusing = false
  #sockets = new Set<Socket>()
  #log: DynamodbRequest[] = []
  #loggedBytes = 0
  #requestsUnderRule = 0
  #since = { connections: 0, most: 0, turns: 0, bytesUp: 0, bytesDown: 0 }

  /** A connection belongs to the Regions that it asked. */
  attach(socket: Socket): void {
    if (this.#sockets.has(socket)) return
    this.#sockets.add(socket)
    this.#since.connections++
    this.total.connections++
    this.#since.most = Math.max(this.#since.most, this.#sockets.size)
    socket.once('close', () => this.#sockets.delete(socket))
  }

  countUp(bytes: number): void {
    this.#since.turns++
    this.total.roundTrips++
    this.total.statements++
    this.#since.bytesUp += bytes
    this.total.bytesUp += bytes
  }

  countDown(bytes: number): void {
    this.#since.bytesDown += bytes
    this.total.bytesDown += bytes
  }

  /** `n` counts requests since the rule was set, from 1. */
  note(
    op: string,
    body: Record<string, unknown>,
    region: string,
    bytes: number,
  ): { entry: DynamodbRequest; n: number } {
    this.#loggedBytes += bytes
    const kept = this.#loggedBytes <= maxLoggedBytes ? body : {}
    const entry: DynamodbRequest = { op, body: kept, region, at: Date.now(), status: null }
    if (this.#log.length < maxLoggedRequests) this.#log.push(entry)
    return { entry, n: ++this.#requestsUnderRule }
  }

  face(owner: Pick<OwnedProxy, 'port' | 'close' | 'standStill'>): OwnedProxy<DynamodbHandle['proxy']> {
    const region = this
    return {
      port: owner.port,
      close: owner.close,
      standStill: owner.standStill,
      traffic: () => ({ ...region.total }),
      reset() {
        region.#since = { connections: 0, most: region.#sockets.size, turns: 0, bytesUp: 0, bytesDown: 0 }
        region.#log.length = 0
        region.#loggedBytes = 0
        region.#requestsUnderRule = 0
        Object.assign(region, { rule: null, delayMs: 0, swallowing: false, refusing: false })
      },
      get connections() {
        return region.#since.connections
      },
      get openConnections() {
        return region.#sockets.size
      },
      get maxOpenConnections() {
        return region.#since.most
      },
      get turns() {
        return region.#since.turns
      },
      get bytesUp() {
        return region.#since.bytesUp
      },
      get bytesDown() {
        return region.#since.bytesDown
      },
      delay(ms) {
        region.delayMs = ms
      },
      hole(on) {
        region.swallowing = on
      },
      refuse(on) {
        region.refusing = on
      },
      cut() {
        for (const socket of region.#sockets) socket.destroy()
      },
      get log() {
        return region.#log
      },
      count: (op) => region.#log.filter((request) => request.op === op).length,
      rule(rule) {
        region.rule = rule
        region.#requestsUnderRule = 0
      },
    }
  }
}
