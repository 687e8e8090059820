/**
 * Consumed capacity, asked for where the submission did not, and taken out of the answer again: bytes are cut in and out, so
 * that everything else stays as the two wrote it.
 */

const readers = new Set(['GetItem', 'Query', 'Scan', 'BatchGetItem', 'TransactGetItems'])
const writers = new Set(['PutItem', 'UpdateItem', 'DeleteItem', 'BatchWriteItem', 'TransactWriteItems'])
/** A statement says itself whether it reads. */
const partiql = new Set(['ExecuteStatement', 'BatchExecuteStatement', 'ExecuteTransaction'])

const field = 'ReturnConsumedCapacity'
const asked = Buffer.from(`"${field}":"TOTAL",`)
const openBrace = 0x7b

/**
 * The request with the question in it; the same buffer where there is nothing to ask: another operation, a submission that
 * asks by itself, a body that is no object (the engine says what it thinks of it).
 */
export function askForCapacity(op: string, sent: Buffer, body: Record<string, unknown>): Buffer {
  if (!readers.has(op) && !writers.has(op) && !partiql.has(op)) return sent
  const own = body[field]
  if (own === 'NONE') return Buffer.from(JSON.stringify({ ...body, [field]: 'TOTAL' }))
  const start = sent.indexOf(openBrace)
  if (own !== undefined || start === -1 || Object.keys(body).length === 0) return sent
  return Buffer.concat([sent.subarray(0, start + 1), asked, sent.subarray(start + 1)])
}

export type Capacity = { read: number; write: number }

export const addCapacity = (one: Capacity | null, other: Capacity | null): Capacity => ({
  read: (one?.read ?? 0) + (other?.read ?? 0),
  write: (one?.write ?? 0) + (other?.write ?? 0),
})

/** What one answer says was consumed. */
export function consumedBy(op: string, body: Record<string, unknown>, consumed: unknown): Capacity {
  const total: Capacity = { read: 0, write: 0 }
  for (const one of Array.isArray(consumed) ? consumed : [consumed]) {
    const { CapacityUnits, ReadCapacityUnits, WriteCapacityUnits } = (one ?? {}) as Record<string, unknown>
    const isTold = typeof ReadCapacityUnits === 'number' || typeof WriteCapacityUnits === 'number'
    total.read += units(isTold ? ReadCapacityUnits : reads(op, body) ? CapacityUnits : 0)
    total.write += units(isTold ? WriteCapacityUnits : reads(op, body) ? 0 : CapacityUnits)
  }
  return total
}

const units = (value: unknown): number => (typeof value === 'number' && value > 0 ? value : 0)

function reads(op: string, body: Record<string, unknown>): boolean {
  if (!partiql.has(op)) return readers.has(op)
  const [first] = [body.Statements, body.TransactStatements].flat().filter((one) => typeof one === 'object')
  const statement = body.Statement ?? (first as { Statement?: unknown } | undefined)?.Statement
  return typeof statement === 'string' && /^\s*select\b/i.test(statement.slice(0, 200))
}

const [quote, backslash, openBracket, closeBrace, closeBracket, comma] = [0x22, 0x5c, 0x5b, 0x7d, 0x5d, 0x2c]
const answerField = Buffer.from('"ConsumedCapacity"')

/**
 * Where the member ConsumedCapacity of the outermost object stands in an answer of the engine, with the comma that goes with
 * it; null where there is none. Names and values of items may hold the same words, so the brackets are followed.
 */
export function findConsumed(answer: Buffer): { cut: [number, number]; value: unknown } | null {
  let depth = 0
  let start = -1
  let previousComma = -1
  for (let at = 0; at < answer.length; at++) {
    const one = answer[at]
    if (one === quote) {
      const end = endOfString(answer, at)
      const isName = depth === 1 && start === -1 && end - at + 1 === answerField.length
      if (
        isName &&
        answer.subarray(at, end + 1).equals(answerField) &&
        /^\s*:/.test(answer.toString('latin1', end + 1, end + 20))
      )
        start = at
      at = end
    } else if (one === openBrace || one === openBracket) depth++
    else if (one === closeBrace || one === closeBracket) {
      depth--
      if (depth === 0 && start !== -1) return memberAt(answer, start, at, previousComma === -1 ? start : previousComma)
    } else if (one === comma && depth === 1) {
      if (start !== -1) return memberAt(answer, start, at, start, at + 1)
      previousComma = at
    }
  }
  return null
}

function memberAt(answer: Buffer, start: number, end: number, cutFrom: number, cutTo = end) {
  const value: unknown = JSON.parse(`{${answer.subarray(start, end).toString()}}`)
  return { cut: [cutFrom, cutTo] as [number, number], value: (value as { ConsumedCapacity: unknown }).ConsumedCapacity }
}

/** Index of the closing quote; the last byte where there is none. */
function endOfString(bytes: Buffer, start: number): number {
  for (let end = bytes.indexOf(quote, start + 1); end !== -1; end = bytes.indexOf(quote, end + 1)) {
    let escapes = 0
    while (bytes[end - 1 - escapes] === backslash) escapes++
    if (escapes % 2 === 0) return end
  }
  return bytes.length - 1
}
