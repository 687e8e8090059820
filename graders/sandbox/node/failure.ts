/** What the judge and the learner are told of an error: the learner's own lines, and no more than fits on a screen. */

const { apply } = Reflect
const { exec } = RegExp.prototype
const maxFrames = 10

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
      trace: ownLines(stack),
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
