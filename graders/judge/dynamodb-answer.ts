import type { IncomingMessage, ServerResponse } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import { crc32 } from 'node:zlib'
import { addCapacity, consumedBy, findConsumed } from './dynamodb-capacity.ts'
import type { RegionTraffic } from './dynamodb-region.ts'
import type { DynamodbRule } from './kit-types.ts'

/** What the requests and answers of all connections together may hold in memory. */
export const maxHeldBytes = 64 * 1_048_576

/** An answer to be counted; `isOurs`: the submission did not ask what it consumed. */
export type Counted = { op: string; body: Record<string, unknown>; isOurs: boolean }

type Passing = {
  region: RegionTraffic
  ruling: ReturnType<DynamodbRule>
  counted: Counted
  held: { bytes: number }
}

/** Hands the engine's answer to the submission: late, rewritten or not at all where the suite wants it so. */
export async function passOn(
  engine: IncomingMessage,
  response: ServerResponse,
  { region, ruling, counted, held }: Passing,
): Promise<void> {
  const headers: Record<string, string | number> = {}
  for (const name of ['content-type', 'content-length', 'content-encoding', 'x-amzn-requestid', 'x-amz-crc32'])
    if (typeof engine.headers[name] === 'string') headers[name] = engine.headers[name]
  region.countDown(headerBytes(engine.rawHeaders))
  if (region.delayMs > 0) await pause(region.delayMs)
  const answer = (engine as AsyncIterable<Buffer>)[Symbol.asyncIterator]() as AsyncGenerator<Buffer>
  const begun: Buffer[] = []
  let length = 0
  try {
    let isWhole = false
    // What is too large to be held for a moment is passed on uncounted.
    while (!isWhole && held.bytes <= maxHeldBytes) {
      const { done, value } = await answer.next()
      isWhole = done === true
      if (done) break
      length += value.length
      held.bytes += value.length
      begun.push(value)
    }
    const first = isWhole ? countCapacity(Buffer.concat(begun), region, counted) : Buffer.concat(begun)
    if (isWhole && first.length !== length) {
      headers['content-length'] = first.length
      if ('x-amz-crc32' in headers) headers['x-amz-crc32'] = crc32(first)
    }
    if (ruling && 'after' in ruling)
      return await rewrite(first, answer, response, region, ruling, engine.statusCode ?? 502, headers)
    response.writeHead(engine.statusCode ?? 502, headers)
    for await (const chunk of following(first, answer)) {
      region.countDown(chunk.length)
      if (region.swallowing) return
      if (!response.write(chunk) && !(await drained(response))) return
    }
    response.end()
  } finally {
    held.bytes -= length
  }
}

/** Notes what an answer says was consumed, and gives it back without, if the submission did not want to know. */
function countCapacity(answer: Buffer, region: RegionTraffic, { op, body, isOurs }: Counted): Buffer {
  const found = findConsumed(answer)
  if (!found) return answer
  region.total.capacity = addCapacity(region.total.capacity, consumedBy(op, body, found.value))
  const [from, to] = found.cut
  return isOurs ? Buffer.concat([answer.subarray(0, from), answer.subarray(to)]) : answer
}

async function rewrite(
  first: Buffer,
  rest: AsyncIterable<Buffer>,
  response: ServerResponse,
  region: RegionTraffic,
  { after }: Extract<ReturnType<DynamodbRule>, { after: unknown }>,
  status: number,
  headers: Record<string, string | number>,
): Promise<void> {
  const chunks: Buffer[] = []
  for await (const chunk of following(first, rest)) chunks.push(chunk)
  const rewritten = Buffer.from(JSON.stringify(await after(JSON.parse(Buffer.concat(chunks).toString()))))
  region.countDown(rewritten.length)
  // The checksum of the engine's own answer would no longer fit.
  delete headers['x-amz-crc32']
  response.writeHead(status, { ...headers, 'content-length': rewritten.length })
  response.end(rewritten)
}

async function* following(first: Buffer, rest: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  if (first.length > 0) yield first
  yield* rest
}

/** False when the client went away instead. */
const drained = (response: ServerResponse) =>
  new Promise<boolean>((resolve) => {
    if (response.destroyed) return resolve(false)
    response.once('drain', () => resolve(true))
    response.once('close', () => resolve(false))
  })

export const headerBytes = (rawHeaders: string[]) => rawHeaders.reduce((bytes, part) => bytes + part.length + 2, 0)
