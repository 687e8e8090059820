import { ProtocolViolation } from './errors.ts'

/** Values on the wire: JSON, and an object with the key `$` for what JSON lacks (PROTOCOL.md). This is the judge's half. */

/** An exact number whose text is `-?digits(.digits)?`. */
export class Decimal {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}
export class ObjectIdHex {
  readonly hex: string
  constructor(hex: string) {
    this.hex = hex
  }
}
/** Something long-lived inside the sandbox; `methods` is what its runner claims that it can do. */
export class HandleRef {
  readonly id: number
  readonly methods: string[]
  constructor(id: number, methods: string[]) {
    this.id = id
    this.methods = methods
  }
}

/** A function that a test passes to the submission. */
export type Callback = (...args: unknown[]) => unknown

type Fields = Record<string, unknown>

/** Judge to runner. Functions become callbacks through `registerCallback`, which gives the number the runner calls. */
export function encodeValue(value: unknown, registerCallback: (callback: Callback) => number): unknown {
  const encode = (inner: unknown): unknown => {
    if (inner === null || typeof inner === 'string' || typeof inner === 'boolean') return inner
    if (inner === undefined) return { $: 'undefined' }
    if (typeof inner === 'number') return Number.isFinite(inner) ? inner : { $: 'float', v: String(inner) }
    if (typeof inner === 'bigint') return { $: 'bigint', v: String(inner) }
    if (typeof inner === 'function') return { $: 'callback', v: registerCallback(inner as Callback) }
    if (inner instanceof Date) return { $: 'instant', v: inner.toISOString() }
    if (inner instanceof Uint8Array) return { $: 'bytes', v: Buffer.from(inner).toString('base64') }
    if (inner instanceof Set) return { $: 'set', v: [...inner].map(encode) }
    if (Array.isArray(inner)) return inner.map(encode)
    if (typeof inner !== 'object') throw new TypeError(`a ${typeof inner} can't be passed to a submission`)
    const fields = copyFields(inner, encode)
    return '$' in fields ? { $: 'object', v: fields } : fields
  }
  return encode(value)
}

/**
 * Runner to judge: null-prototype records, so that an own `__proto__` is a key like any other. Decimals, object ids and
 * handles keep classes of their own, because only the declared schema says whether they fit. Throws ProtocolViolation for a
 * tag that no honest runner writes. Depth and size were checked on the raw bytes.
 */
export function decodeValue(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(decodeValue)
  if (typeof value !== 'object' || value === null) return value
  if (!Object.hasOwn(value, '$')) return copyFields(value, decodeValue)
  return decodeTagged(value as Fields)
}

/**
 * Arguments of a callback have no declared schema: exact numbers and object ids become the strings that suites compare, and
 * an object that stays inside the sandbox becomes what `makeObject` makes of it.
 */
export function decodeCallbackArguments(args: unknown[], makeObject: (ref: HandleRef) => unknown): unknown[] {
  const simplify = (value: unknown): unknown => {
    if (value instanceof Decimal) return value.text
    if (value instanceof ObjectIdHex) return value.hex
    if (value instanceof HandleRef) return makeObject(value)
    if (Array.isArray(value)) return value.map(simplify)
    if (value instanceof Set) return new Set([...value].map(simplify))
    if (isRecord(value)) return copyFields(value, simplify)
    return value
  }
  return args.map((arg) => simplify(decodeValue(arg)))
}

/** Data that came over the wire as an object, not one of the classes above. */
export const isRecord = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === null

function copyFields(source: object, convert: (value: unknown) => unknown): Fields {
  const copy: Fields = Object.create(null)
  for (const key of Object.keys(source)) copy[key] = convert((source as Fields)[key])
  return copy
}

// A number's text is bounded, because parsing millions of digits takes longer than receiving them.
const integer = /^-?\d{1,10000}$/
const decimal = /^-?\d{1,10000}(\.\d{1,10000})?$/
const instant = /^([+-]\d{6}|\d{4})-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z$/

function decodeTagged(tagged: Fields): unknown {
  const { $: tag, v, methods } = tagged
  const keys = Object.keys(tagged).length
  if (tag === 'undefined' && keys === 1) return undefined
  if (tag === 'handle' && keys === 3 && isHandleId(v) && isMethodList(methods)) return new HandleRef(v, methods)
  if (keys !== 2) throw new ProtocolViolation('a tagged value with other fields')
  if (tag === 'set' && Array.isArray(v)) return new Set(v.map(decodeValue))
  if (tag === 'object' && typeof v === 'object' && v !== null && !Array.isArray(v)) return copyFields(v, decodeValue)
  if (typeof v === 'string') {
    if (tag === 'bigint' && integer.test(v)) return BigInt(v)
    if (tag === 'decimal' && decimal.test(v)) return new Decimal(v)
    if (tag === 'objectId' && /^[0-9a-f]{24}$/.test(v)) return new ObjectIdHex(v)
    if (tag === 'float' && (v === 'NaN' || v === 'Infinity' || v === '-Infinity')) return Number(v)
    if (tag === 'instant' && instant.test(v) && !Number.isNaN(Date.parse(v))) return new Date(v)
    if (tag === 'bytes') return decodeBytes(v)
  }
  throw new ProtocolViolation('a tagged value that is malformed')
}

function decodeBytes(text: string): Uint8Array {
  const bytes = Buffer.from(text, 'base64')
  if (bytes.toString('base64') !== text) throw new ProtocolViolation('bytes that are not base64')
  return new Uint8Array(bytes)
}

const isHandleId = (id: unknown): id is number => Number.isSafeInteger(id) && (id as number) > 0
const isMethodList = (methods: unknown): methods is string[] =>
  Array.isArray(methods) && methods.length <= 200 && methods.every((method) => typeof method === 'string')
