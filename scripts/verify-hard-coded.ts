/**
 * A hard-coded answer, made for every exercise alike: the reference is run once with its results written down, and then a
 * submission that knows nothing but these results meets the same tests with another seed. Whatever accepts it draws too little
 * at random.
 */

/** The mark of a line that the recorder prints; learners' and references' own output has no such line. */
const mark = '@@recorded '

const encoder = `
const $encode = (value: any): any => {
  if (value === undefined) return { $: 'undefined' }
  if (typeof value === 'bigint') return { $: 'bigint', v: String(value) }
  if (typeof value === 'function') return { $: 'function' }
  if (value instanceof Date) return { $: 'date', v: value.getTime() }
  if (value instanceof Uint8Array) return { $: 'bytes', v: Buffer.from(value).toString('base64') }
  if (value instanceof Set) return { $: 'set', v: [...value].map($encode) }
  if (value instanceof Map) return { $: 'map', v: [...value].map($encode) }
  if (Array.isArray(value)) return value.map($encode)
  if (typeof value !== 'object' || value === null) return value
  if (typeof value.toHexString === 'function') return { $: 'text', v: value.toHexString() }
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, $encode(inner)]))
}
const $record = (name: string, original: any) => async (...args: any[]) => {
  const note = (how: string, value: unknown) => console.log(${JSON.stringify(mark)} + JSON.stringify({ name, how, value }))
  try {
    const value = await original(...args)
    note('returns', $encode(value))
    return value
  } catch (error: any) {
    note('throws', { code: error?.code, data: $encode(error?.data) })
    throw error
  }
}`

const decoder = `
const $decode = (value: any): any => {
  if (Array.isArray(value)) return value.map($decode)
  if (typeof value !== 'object' || value === null) return value
  switch (value.$) {
    case 'undefined': return undefined
    case 'bigint': return BigInt(value.v)
    case 'function': return async () => undefined
    case 'date': return new Date(value.v)
    case 'bytes': return new Uint8Array(Buffer.from(value.v, 'base64'))
    case 'set': return new Set(value.v.map($decode))
    case 'map': return new Map(value.v.map($decode))
    case 'text': return value.v
  }
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, $decode(inner)]))
}
const $replay = (name: string) => {
  const left = $recorded.filter((call: any) => call.name === name)
  return async () => {
    const call = left.shift()
    if (call?.how === 'throws') throw Object.assign(new Error(String(call.value.code)), { code: call.value.code, data: $decode(call.value.data) })
    return $decode(call?.value)
  }
}`

/** The reference in TypeScript with each of its functions printing what it returns or throws. */
export function recorderOf(reference: string, functions: string[]): string {
  const inner = functions.reduce(
    (code, name) => code.replace(new RegExp(`^export (?=(async )?(function\\*?|const|let) ${name}\\b)`, 'm'), ''),
    reference,
  )
  const exports = functions.map(
    (name) => `const $${name} = $record('${name}', ${name})\nexport { $${name} as ${name} }`,
  )
  return [inner, encoder, ...exports].join('\n')
}

/** A submission in TypeScript that answers each function's calls with what was recorded, in the recorded order. */
export function replayerOf(recorderOutput: string, functions: string[]): string {
  const calls = recorderOutput
    .split('\n')
    .filter((line) => line.startsWith(mark))
    .map((line) => line.slice(mark.length))
  const exports = functions.map((name) => `export const ${name} = $replay('${name}')`)
  return [`const $recorded: any[] = [${calls.join(',\n')}]`, decoder, ...exports].join('\n')
}
