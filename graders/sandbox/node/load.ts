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

/** Its parser's errors come out of the loader's compile step; one thrown by the code, such as JSON.parse's, does not. */
const isRefusedByV8 = (error: unknown): error is SyntaxError =>
  error instanceof SyntaxError && /\n +at compileSourceTextModule /.test(String(error.stack).slice(0, 3_000))

function compileFailure(error: unknown): Loaded {
  const { name, message } = describe(error)
  return {
    failure: { t: 'load-failed', phase: 'compile', name, message, trace: placeOf(String((error as Error).stack)) },
  }
}

/** The stripper puts `:line`, the source and often a line of carets before its error; V8's parser gives no place. */
function placeOf(stack: string): string {
  const found = /^:(\d+)\n([\s\S]*?)\n\n\w*Error/.exec(stack)
  if (found === null) return ''
  const [source = '', carets = ''] = (found[2] ?? '').split('\n').slice(-2)
  if (!/^ *\^+$/.test(carets)) return `solution.ts:${found[1]}`
  return `solution.ts:${found[1]}:${carets.indexOf('^') + 1}\n${source.slice(0, 200)}`
}
