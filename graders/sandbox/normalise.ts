import type { ResultSchema } from '../exercise.ts'
import { BadResult } from './errors.ts'
import { Decimal, HandleRef, isRecord, ObjectIdHex } from './values.ts'

/** Makes the object that a suite calls out of a handle; `methods` is the declared schema, method by method. */
export type MakeHandle = (handle: HandleRef, methods: Record<string, ResultSchema>) => unknown

/**
 * A decoded value as exactly the data its schema declares, so that assertions meet plain data of known types only:
 * int number · bigint bigint · decimal string · float number · bytes Uint8Array · instant Date · objectId hex string ·
 * set Set · list array · map and record null-prototype objects · none undefined.
 * The languages meet here: any whole number fits bigint and decimal, and undefined, None and a missing field are alike where
 * the schema says optional (left out) or nullable (null). Throws BadResult with path and reason.
 */
export function normalise(value: unknown, schema: ResultSchema, makeHandle: MakeHandle): unknown {
  return shape(value, schema, 'result', makeHandle)
}

function shape(value: unknown, schema: ResultSchema, path: string, makeHandle: MakeHandle): unknown {
  if (typeof schema === 'string') return scalar(value, schema, path)
  if ('optional' in schema) return isAbsent(value) ? undefined : shape(value, schema.optional, path, makeHandle)
  if ('nullable' in schema) return isAbsent(value) ? null : shape(value, schema.nullable, path, makeHandle)
  if ('list' in schema) {
    if (!Array.isArray(value)) throw mismatch(path, 'a list', value)
    return value.map((item, index) => shape(item, schema.list, `${path}[${index}]`, makeHandle))
  }
  if ('set' in schema) {
    if (!(value instanceof Set)) throw mismatch(path, 'a set', value)
    return new Set([...value].map((item) => shape(item, schema.set, `${path}{}`, makeHandle)))
  }
  if ('handle' in schema) return handle(value, schema.handle, path, makeHandle)
  if (!isRecord(value)) throw mismatch(path, 'map' in schema ? 'a map' : 'a record', value)
  const copy: Record<string, unknown> = Object.create(null)
  if ('map' in schema) {
    for (const key of Object.keys(value)) copy[key] = shape(value[key], schema.map, join(path, key), makeHandle)
    return copy
  }
  for (const key of Object.keys(value))
    if (!Object.hasOwn(schema.record, key) && value[key] !== undefined)
      throw new BadResult(
        join(path, key),
        `no such field is declared; the fields are ${Object.keys(schema.record).join(', ')}`,
      )
  for (const [key, field] of Object.entries(schema.record)) {
    const item = shape(value[key], field, join(path, key), makeHandle)
    // Left out, so that a field that is absent looks the same however the submission said so.
    if (item !== undefined) copy[key] = item
  }
  return copy
}

function scalar(value: unknown, schema: Extract<ResultSchema, string>, path: string): unknown {
  switch (schema) {
    case 'int':
      if (Number.isSafeInteger(value)) return (value as number) + 0
      if (typeof value === 'bigint' && Number.isSafeInteger(Number(value))) return Number(value)
      throw mismatch(path, 'an int', value)
    case 'bigint':
      if (typeof value === 'bigint') return value
      if (Number.isSafeInteger(value)) return BigInt(value as number)
      throw mismatch(path, 'a bigint', value)
    case 'decimal':
      return decimal(value, path)
    case 'float':
      if (typeof value === 'number') return value
      throw mismatch(path, 'a float', value)
    case 'string':
      if (typeof value === 'string') return value
      throw mismatch(path, 'a string', value)
    case 'bool':
      if (typeof value === 'boolean') return value
      throw mismatch(path, 'a bool', value)
    case 'bytes':
      if (value instanceof Uint8Array) return value
      throw mismatch(path, 'bytes', value)
    case 'instant':
      if (value instanceof Date) return value
      throw mismatch(path, 'an instant', value)
    case 'objectId':
      if (value instanceof ObjectIdHex) return value.hex
      throw mismatch(path, 'an object id', value)
    case 'none':
      if (isAbsent(value)) return undefined
      throw mismatch(path, 'nothing', value)
    case 'json':
      return json(value, path)
  }
}

/** Digits as the submission wrote them, scale included: `1.20` stays `1.20`; no exponent, no leading zeros, no `-0`. */
function decimal(value: unknown, path: string): string {
  const text =
    value instanceof Decimal
      ? value.text
      : typeof value === 'string' && /^-?\d{1,1000}(\.\d{1,1000})?$/.test(value)
        ? value
        : typeof value === 'bigint' || Number.isSafeInteger(value)
          ? String(value)
          : null
  if (text === null) throw mismatch(path, 'a decimal', value)
  const digits = text.replace(/^-/, '').replace(/^0+(?=\d)/, '')
  return text.startsWith('-') && /[1-9]/.test(digits) ? `-${digits}` : digits
}

function json(value: unknown, path: string): unknown {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value
  if (typeof value === 'number' && Number.isFinite(value)) return value
  if (Array.isArray(value)) return value.map((item, index) => json(item, `${path}[${index}]`))
  if (!isRecord(value)) throw mismatch(path, 'plain JSON data', value)
  const copy: Record<string, unknown> = Object.create(null)
  for (const key of Object.keys(value)) if (value[key] !== undefined) copy[key] = json(value[key], join(path, key))
  return copy
}

function handle(value: unknown, methods: Record<string, ResultSchema>, path: string, makeHandle: MakeHandle): unknown {
  const names = Object.keys(methods)
  if (!(value instanceof HandleRef)) throw mismatch(path, `an object with ${names.join(', ')}`, value)
  const missing = names.find((name) => !value.methods.includes(name))
  if (missing !== undefined) throw new BadResult(path, `the object has no function ${missing}`)
  return makeHandle(value, methods)
}

const isAbsent = (value: unknown): boolean => value === null || value === undefined

const join = (path: string, key: string): string =>
  /^[A-Za-z_]\w{0,40}$/.test(key) ? `${path}.${key}` : `${path}[${JSON.stringify(key.slice(0, 40))}]`

const mismatch = (path: string, expected: string, value: unknown): BadResult =>
  new BadResult(path, `expected ${expected}, got ${describe(value)}`)

function describe(value: unknown): string {
  if (value === undefined || value === null) return 'nothing'
  if (typeof value === 'number')
    return Number.isSafeInteger(value)
      ? 'an int'
      : Number.isInteger(value)
        ? 'a number too large to be exact'
        : `the float ${value}`
  if (typeof value !== 'object')
    return { bigint: 'a bigint', string: 'a string', boolean: 'a bool' }[typeof value as 'bigint']
  if (Array.isArray(value)) return 'a list'
  if (value instanceof Set) return 'a set'
  if (value instanceof Date) return 'an instant'
  if (value instanceof Uint8Array) return 'bytes'
  if (value instanceof Decimal) return 'a decimal'
  if (value instanceof ObjectIdHex) return 'an object id'
  if (value instanceof HandleRef) return 'an object with functions'
  return 'a record'
}
