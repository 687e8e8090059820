import { types } from 'node:util'

/** Values on the wire (PROTOCOL.md), the runner's half for TypeScript. */

const { from } = Buffer
const { keys, create, getPrototypeOf, getOwnPropertyNames, getOwnPropertyDescriptor } = Object
const { isFinite: isFiniteNumber } = Number
const { isArray } = Array
const { ownKeys } = Reflect
const objectPrototype = Object.prototype
const toIsoString = Date.prototype.toISOString
const apply = Reflect.apply

// A little under what the judge accepts: an honest result that is too large becomes a readable error, not a violation.
const maxDepth = 60
const maxNodes = 249_000

type Registers = { handleId(object: object): number }
type Fields = Record<string, unknown>

/** Runner to judge. Throws TypeError or RangeError, in words for the learner, for what can't be returned. */
export function encode(root: unknown, registers: Registers): unknown {
  let nodes = 0
  const count = (added: number) => {
    nodes += added
    if (nodes > maxNodes) throw new RangeError(`more than ${maxNodes} values can't be returned at once`)
  }
  const walk = (value: unknown, depth: number): unknown => {
    if (depth > maxDepth)
      throw new RangeError(`a value nested deeper than ${maxDepth} (or in a circle) can't be returned`)
    count(1)
    if (value === null || typeof value === 'string' || typeof value === 'boolean') return value
    if (typeof value === 'number') return isFiniteNumber(value) ? value : tagged('float', `${value}`)
    count(2)
    if (value === undefined) return { $: 'undefined' }
    if (typeof value === 'bigint') return tagged('bigint', `${value}`)
    if (typeof value !== 'object') throw new TypeError(`a ${typeof value} can't be returned`)
    if (isArray(value)) return list(value, depth + 1)
    return special(value, depth) ?? object(value, depth)
  }
  // By index, because the iterator of lists is something that a submission can replace.
  const list = (items: unknown[], depth: number): unknown[] => {
    const encoded: unknown[] = []
    for (let index = 0; index < items.length; index++) encoded[index] = walk(items[index], depth)
    return encoded
  }
  const set = (items: Set<unknown>, depth: number): unknown[] => {
    const encoded: unknown[] = []
    for (const item of items) encoded[encoded.length] = walk(item, depth)
    return encoded
  }
  const special = (value: object, depth: number): unknown => {
    if (types.isDate(value)) return tagged('instant', instant(value))
    if (types.isUint8Array(value)) return tagged('bytes', from(value).toString('base64'))
    if (types.isSet(value)) return tagged('set', set(value, depth + 2))
    if (types.isMap(value)) return map(value, depth)
    return bson(value)
  }
  const map = (value: Map<unknown, unknown>, depth: number): unknown => {
    const fields: Fields = create(null)
    for (const [key, item] of value) {
      if (typeof key !== 'string') throw new TypeError("a Map whose keys are not strings can't be returned")
      fields[key] = walk(item, depth + 2)
    }
    return '$' in fields ? { $: 'object', v: fields } : fields
  }
  const object = (value: object, depth: number): unknown => {
    const methods = methodsOf(value)
    if (methods.length > 0) return { $: 'handle', v: registers.handleId(value), methods }
    const fields: Fields = create(null)
    for (const key of keys(value)) fields[key] = walk((value as Fields)[key], depth + 2)
    return '$' in fields ? { $: 'object', v: fields } : fields
  }
  return walk(root, 1)
}

const tagged = (tag: string, v: unknown) => ({ $: tag, v })

function instant(value: Date): string {
  try {
    return apply(toIsoString, value, [])
  } catch {
    throw new TypeError("an invalid Date can't be returned")
  }
}

/** The driver's own classes of MongoDB values, told by the mark that the bson package gives them. */
function bson(value: object): unknown {
  const { _bsontype: type } = value as { _bsontype?: unknown }
  if (typeof type !== 'string') return undefined
  const text = `${value}`
  if (type === 'ObjectId') return tagged('objectId', text)
  if (type === 'Long') return tagged('bigint', text)
  if (type === 'Int32' || type === 'Double') return Number(text)
  if (type === 'Decimal128') return tagged('decimal', plainDecimal(text))
  if (type === 'Binary') return tagged('bytes', from((value as { value(): Uint8Array }).value()).toString('base64'))
  throw new TypeError(`a ${type} can't be returned`)
}

/** Decimal128 writes 1E+3 and 1E-7; the wire knows digits only. */
function plainDecimal(text: string): string {
  const match = /^(-?)(\d+)(?:\.(\d*))?(?:E([+-]?\d+))?$/i.exec(text)
  if (!match) throw new TypeError(`the decimal ${text} can't be returned`)
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = match
  const point = whole.length + Number(exponent)
  const digits = `${'0'.repeat(Math.max(0, 1 - point))}${whole}${fraction}`.padEnd(point, '0')
  const cut = Math.max(1, point)
  return `${sign}${digits.slice(0, cut)}${digits.length > cut ? `.${digits.slice(cut)}` : ''}`
}

/** Names of the functions that an object has, its classes' included: having one makes it a handle. */
function methodsOf(value: object): string[] {
  const names: string[] = []
  for (let owner: object | null = value; owner !== null && owner !== objectPrototype; owner = getPrototypeOf(owner))
    for (const name of getOwnPropertyNames(owner))
      if (name !== 'constructor' && typeof getOwnPropertyDescriptor(owner, name)?.value === 'function')
        if (names.length < 200 && !names.includes(name)) names[names.length] = name
  return names
}

/** Judge to runner. `callback` makes the function that calls back. */
export function decode(value: unknown, callback: (fn: number) => unknown): unknown {
  if (value === null || typeof value !== 'object') return value
  if (isArray(value)) return value.map((item) => decode(item, callback))
  const { $: tag, v } = value as { $?: string; v: unknown }
  switch (tag) {
    case undefined:
      return fieldsOf(value, callback)
    case 'object':
      return fieldsOf(v as object, callback)
    case 'undefined':
      return undefined
    case 'float':
      return Number(v)
    case 'bigint':
      return BigInt(v as string)
    case 'instant':
      return new Date(v as string)
    case 'bytes':
      return from(v as string, 'base64')
    case 'set':
      return new Set((v as unknown[]).map((item) => decode(item, callback)))
    case 'callback':
      return callback(v as number)
    default:
      throw new TypeError(`unknown tag ${tag}`)
  }
}

function fieldsOf(source: object, callback: (fn: number) => unknown): Fields {
  const fields: Fields = {}
  for (const key of ownKeys(source) as string[])
    Object.defineProperty(fields, key, {
      value: decode((source as Fields)[key], callback),
      configurable: true,
      enumerable: true,
      writable: true,
    })
  return fields
}
