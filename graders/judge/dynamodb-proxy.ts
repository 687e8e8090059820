import { Agent, request as ask, createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import type { Traffic } from '../traffic.ts'
import { type Counted, headerBytes, maxHeldBytes, passOn } from './dynamodb-answer.ts'
import { addCapacity, askForCapacity } from './dynamodb-capacity.ts'
import { RegionTraffic } from './dynamodb-region.ts'
import { admit, type DynamodbLease } from './dynamodb-rights.ts'
import type { DynamodbHandle } from './kit-types.ts'
import { type ListenAt, listen, maxOpenConnections, noTraffic, type OwnedProxy } from './proxy.ts'
import { WaitClock } from './wait-clock.ts'

// DynamoDB's own limit for a request is 16 MB.
const maxBodyBytes = 17 * 1_048_576
const maxJsonDepth = 128
/** What the engine's relay is asked to carry at once; further requests wait here. */
const maxUpstreamSockets = 50
const utf8 = new TextDecoder('utf-8', { fatal: true })

/** Headers that mean something to the engine; everything else of a request ends here. */
const forwarded = [
  'authorization',
  'content-type',
  'x-amz-date',
  'x-amz-target',
  'x-amz-content-sha256',
  'accept-encoding',
  'user-agent',
]

export type DynamodbProxy = {
  readonly port: number | null
  /** What suites see; one Region's log, rule and faults do not touch another's. */
  region(name: string): OwnedProxy<DynamodbHandle['proxy']>
  /** Forgets connections to an engine that was restarted. */
  forgetUpstream(): void
  traffic(): Traffic
  standStill(on: boolean): void
  close(): Promise<void>
}

/**
 * The only way between a submission and DynamoDB Local: reads each request, keeps a log of them, answers or changes what a
 * test's rule says, and refuses every access key, Region and operation that is not leased.
 */
export async function openDynamodbProxy(options: {
  listenAt: ListenAt
  /** Path of the unix socket in front of the engine. */
  upstream: string
  lease: DynamodbLease
}): Promise<DynamodbProxy> {
  const regions = new Map(options.lease.regions.map((name) => [name, new RegionTraffic()]))
  let agent = newAgent(options.upstream)
  const held = { bytes: 0 }
  let openAtOnce = 0
  const clock = new WaitClock()
  const served = new WeakSet<Socket>()

  const server = createServer({ requestTimeout: 60_000 }, (request, response) => {
    // Kept here: a request that is given up forgets its socket.
    const { socket } = request
    request.on('error', () => socket.destroy())
    response.on('error', () => socket.destroy())
    // No client of DynamoDB sends a request before it has the last one's answer; who does wants to hide one, or to flood us.
    if (served.has(socket)) return void socket.destroy()
    served.add(socket)
    response.on('close', () => served.delete(socket))
    serve(request, response, socket).catch(() => socket.destroy())
  })
  server.maxConnections = maxOpenConnections
  const sockets = new Set<Socket>()
  server.on('connection', (socket) => {
    sockets.add(socket)
    openAtOnce = Math.max(openAtOnce, sockets.size)
    socket.on('close', () => sockets.delete(socket))
  })

  async function serve(request: IncomingMessage, response: ServerResponse, socket: Socket): Promise<void> {
    const admission = admit(request, options.lease)
    const region = admission.region === null ? undefined : regions.get(admission.region)
    region?.attach(socket)
    if (region?.refusing) return void socket.destroy()
    const sent = await readBody(request)
    if (sent === null) return void socket.destroy()
    try {
      if (!admission.admitted || !region) {
        const { type, message } = admission.admitted
          ? { type: 'UnrecognizedClientException', message: 'no such Region' }
          : admission
        return answerError(response, { type, message, status: 400 })
      }
      region.countUp(sent.length + headerBytes(request.rawHeaders))
      if (jsonDepth(sent) > maxJsonDepth)
        return answerError(response, {
          type: 'SerializationException',
          message: 'the request is nested too deeply',
          status: 400,
        })
      const body = parseObject(sent)
      if (body === null)
        return answerError(response, {
          type: 'SerializationException',
          message: 'the request is not a JSON object in UTF-8',
          status: 400,
        })
      const { entry, n } = region.note(admission.op, body, admission.region, sent.length)
      if (region.swallowing) return
      if (region.delayMs > 0) await pause(region.delayMs)
      const ruling = region.rule?.(admission.op, body, n)
      if (ruling && 'fail' in ruling) {
        entry.status = ruling.fail.status ?? 400
        return answerError(response, { message: ruling.fail.type, ...ruling.fail, status: entry.status })
      }
      if (ruling && 'delay' in ruling) await pause(ruling.delay)
      const replaced = ruling && 'replace' in ruling ? ruling.replace : null
      // Written anew, so that the engine reads what the log says, whatever its parser would make of the bytes that came.
      const wanted = Buffer.from(JSON.stringify(replaced ?? body))
      const outgoing = askForCapacity(admission.op, wanted, replaced ?? body)
      const counted: Counted = { op: admission.op, body: replaced ?? body, isOurs: outgoing !== wanted }
      clock.begin(entry)
      const engine = await forward(request, outgoing, socket, counted).finally(() => clock.end(entry))
      entry.status = engine.statusCode ?? null
      if (ruling && 'lost' in ruling) {
        engine.resume()
        await new Promise((resolve) => engine.on('close', resolve))
        return void socket.destroy()
      }
      await passOn(engine, response, { region, ruling, counted, held })
    } finally {
      held.bytes -= sent.length
    }
  }

  /** Null when it is larger than it may be, or than what is left for all connections together. */
  async function readBody(request: IncomingMessage): Promise<Buffer | null> {
    const chunks: Buffer[] = []
    let length = 0
    try {
      for await (const chunk of request as AsyncIterable<Buffer>) {
        length += chunk.length
        held.bytes += chunk.length
        if (length > maxBodyBytes || held.bytes > maxHeldBytes) throw new RangeError('request too large')
        chunks.push(chunk)
      }
      return Buffer.concat(chunks)
    } catch {
      held.bytes -= length
      return null
    }
  }

  function forward(
    request: IncomingMessage,
    body: Buffer,
    socket: Socket,
    { isOurs }: Counted,
  ): Promise<IncomingMessage> {
    const headers: Record<string, string | number> = { host: '127.0.0.1:8000', 'content-length': body.length }
    for (const name of forwarded) {
      const value = request.headers[name]
      if (typeof value === 'string') headers[name] = value
    }
    // What is cut out of an answer must not be compressed in it.
    if (isOurs) delete headers['accept-encoding']
    return new Promise((resolve, reject) => {
      const outgoing = ask({ agent, method: 'POST', path: '/', headers }, resolve)
      outgoing.on('error', reject)
      const abandon = () => outgoing.destroy()
      socket.once('close', abandon)
      outgoing.once('close', () => socket.off('close', abandon))
      outgoing.end(body)
    })
  }

  const port = await listen(server, options.listenAt)
  const traffic = () => ({
    ...sum([...regions.values()].map((region) => region.total)),
    openAtOnce,
    waitingMs: clock.ms,
  })
  const proxy: DynamodbProxy = {
    port,
    region(name) {
      const region = regions.get(name)
      if (!region) throw new Error(`the Region ${name} is not leased: ${options.lease.regions.join(', ')}`)
      return region.face({ port, close: proxy.close, standStill: proxy.standStill })
    },
    forgetUpstream() {
      agent.destroy()
      agent = newAgent(options.upstream)
    },
    traffic,
    standStill: (on) => clock.bend(on),
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      for (const socket of sockets) socket.destroy()
      agent.destroy()
      await closed
    },
  }
  return proxy
}

const newAgent = (socketPath: string) =>
  new Agent({ keepAlive: true, maxSockets: maxUpstreamSockets, socketPath } as object)

function answerError(
  response: ServerResponse,
  error: { type: string; message: string; status: number; extra?: Record<string, unknown> },
): void {
  const body = Buffer.from(
    JSON.stringify({
      __type: `com.amazonaws.dynamodb.v20120810#${error.type}`,
      message: error.message,
      ...error.extra,
    }),
  )
  response.writeHead(error.status, { 'content-type': 'application/x-amz-json-1.0', 'content-length': body.length })
  response.end(body)
}

/** Null for anything else than an object. */
function parseObject(bytes: Buffer): Record<string, unknown> | null {
  try {
    const parsed: unknown = JSON.parse(utf8.decode(bytes))
    return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)
      ? (parsed as Record<string, unknown>)
      : null
  } catch {
    return null
  }
}

/** Depth of brackets outside strings, found without building anything. */
function jsonDepth(bytes: Buffer): number {
  let depth = 0
  let deepest = 0
  let inString = false
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at]
    if (inString) {
      if (byte === 0x5c) at++
      else if (byte === 0x22) inString = false
    } else if (byte === 0x22) inString = true
    else if (byte === 0x7b || byte === 0x5b) deepest = Math.max(deepest, ++depth)
    else if (byte === 0x7d || byte === 0x5d) depth--
  }
  return deepest
}

function sum(parts: Traffic[]): Traffic {
  const total: Traffic = { ...noTraffic, capacity: { read: 0, write: 0 } }
  for (const { connections, statements, roundTrips, bytesUp, bytesDown, capacity } of parts) {
    total.connections += connections
    total.statements += statements
    total.roundTrips += roundTrips
    total.bytesUp += bytesUp
    total.bytesDown += bytesDown
    total.capacity = addCapacity(total.capacity, capacity)
  }
  return total
}
