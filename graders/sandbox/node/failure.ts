/** What the judge and the learner are told of an error: the learner's own lines, and no more than fits on a screen. */

const { apply } = Reflect
const { exec } = RegExp.prototype
const { isArray } = Array
const maxFrames = 10
const maxCauses = 3

export type Failure = { name: string; message: string; code: string | null; data: unknown; trace: string }

/** Never throws, whatever was thrown: a getter of an error may throw as well. `data` is not encoded yet. */
export function describe(thrown: unknown): Failure {
  try {
    if (typeof thrown !== 'object' || thrown === null)
      return { name: 'Error', message: text(thrown, 2_000), code: null, data: null, trace: '' }
    const { name, message, code, data, stack } = thrown as Record<string, unknown>
    return {
      name: typeof name === 'string' ? text(name, 200) : 'Error',
      message: message === undefined ? '' : text(message, 2_000),
      code: typeof code === 'string' || typeof code === 'number' ? text(code, 200) : null,
      data: data ?? null,
      trace: ownLines(stack) + causesOf(thrown),
    }
  } catch {
    return { name: 'Error', message: "an error that can't be read", code: null, data: null, trace: '' }
  }
}

const text = (value: unknown, length: number): string => String(value).slice(0, length)

const frame = /^ +at (?:(?:async )?(.+?) \()?.*solution\.ts[^:]*:(\d+):(\d+)/

function ownLines(stack: unknown): string {
  if (typeof stack !== 'string') return ''
  let lines = ''
  let found = 0
  for (const line of stack.slice(0, 50_000).split('\n')) {
    const match = apply(exec, frame, [line])
    if (match === null || found++ === maxFrames) continue
    const place = `solution.ts:${match[2]}:${match[3]}`
    lines += `${lines === '' ? '' : '\n'}${match[1] === undefined ? place : `${match[1]} (${place})`}`
  }
  return lines
}

/** What led to it: the chain of `cause`, and the first of several errors. Never throws; what can't be read ends the chain. */
function causesOf(thrown: object): string {
  let text = ''
  try {
    let at: unknown = thrown
    for (let depth = 0; depth < maxCauses; depth++) {
      const { cause, errors } = at as { cause?: unknown; errors?: unknown }
      at = cause ?? (isArray(errors) ? errors[0] : undefined)
      if (typeof at !== 'object' || at === null) break
      const { name, message, stack } = at as Record<string, unknown>
      const lines = ownLines(stack)
      text += `\ncaused by ${String(name).slice(0, 200)}: ${String(message).slice(0, 500)}${lines === '' ? '' : `\n${lines}`}`
    }
  } catch {
    // As far as it went.
  }
  return text
}
