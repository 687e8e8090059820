import { writeFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { pathToFileURL } from 'node:url'
import { describe } from './failure.ts'
import type { Frame } from './frames.ts'

export type Loaded = { exports: Record<string, unknown> } | { failure: Frame }

/** What the stripper takes long to load is loaded now, before there is a submission to wait for it. */
export const warmUp = (): unknown => stripTypeScriptTypes('const warm: boolean = true')

/** Writes the code to `<box>/solution.ts`, imports it, and looks for the functions that must be exported. */
export async function load(box: string, code: string, functions: string[]): Promise<Loaded> {
  const file = `${box}/solution.ts`
  try {
    stripTypeScriptTypes(code)
  } catch (error) {
    return compileFailure(error)
  }
  writeFileSync(`${box}/package.json`, '{"type":"module"}')
  writeFileSync(file, code)
  let exports: Record<string, unknown>
  try {
    exports = await import(pathToFileURL(file).href)
  } catch (error) {
    if (isRefusedByV8(error)) return compileFailure(error)
    const { name, message, trace } = describe(error)
    return { failure: { t: 'load-failed', phase: 'import', name, message, trace } }
  }
  const missing = functions.find((name) => typeof exports[name] !== 'function')
  if (missing !== undefined)
    return { failure: { t: 'load-failed', phase: 'missing', name: missing, message: '', trace: '' } }
  return { exports }
}

/** V8 puts the place before an error of its parser; one thrown by the code, such as JSON.parse's, begins with its name. */
const isRefusedByV8 = (error: unknown): error is SyntaxError =>
  error instanceof SyntaxError && /^[^\n]*solution\.ts:\d+\n/.test(String(error.stack))

function compileFailure(error: unknown): Loaded {
  const { name, message } = describe(error)
  const place = /^[^\n]*:(\d+)\n([^\n]*)\n( *)\^/.exec(String((error as Error).stack))
  const trace = place ? `solution.ts:${place[1]}:${(place[3]?.length ?? 0) + 1}\n${place[2]?.slice(0, 200)}` : ''
  return { failure: { t: 'load-failed', phase: 'compile', name, message, trace } }
}
