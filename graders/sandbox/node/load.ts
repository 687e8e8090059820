import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { pathToFileURL } from 'node:url'
import { describe } from './failure.ts'
import type { Frame } from './frames.ts'

export type Loaded = { exports: Record<string, unknown> } | { failure: Frame }

/** Writes the code to `<box>/solution.ts`, imports it, and looks for the functions that must be exported. */
export async function load(box: string, code: string, functions: string[]): Promise<Loaded> {
  const file = `${box}/solution.ts`
  let stripped: string
  try {
    stripped = stripTypeScriptTypes(code)
  } catch (error) {
    return compileFailure(error, placeOf(String((error as Error).stack)))
  }
  writeFileSync(`${box}/package.json`, '{"type":"module"}')
  writeFileSync(file, code)
  let exports: Record<string, unknown>
  try {
    exports = await import(pathToFileURL(file).href)
  } catch (error) {
    if (isRefusedByV8(error)) return compileFailure(error, placeInV8(`${box}/refused.mjs`, stripped))
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

function compileFailure(error: unknown, trace: string): Loaded {
  const { name, message } = describe(error)
  return { failure: { t: 'load-failed', phase: 'compile', name, message, trace } }
}

/** The stripper puts `:line`, the source and often a line of carets before its error. */
function placeOf(stack: string): string {
  const found = /^:(\d+)\n([\s\S]*?)\n\n\w*Error/.exec(stack)
  return found === null ? '' : placeWith(found[1] as string, (found[2] ?? '').split('\n').slice(-2))
}

/**
 * V8's errors have no place for whoever catches them; it is printed for one that nobody catches. Types were replaced by
 * blanks, so lines and columns are those of the submission.
 */
function placeInV8(file: string, stripped: string): string {
  writeFileSync(file, stripped)
  const { stderr } = spawnSync(process.execPath, ['--check', file], { timeout: checkMs, encoding: 'utf8' })
  const found = /^.*refused\.mjs:(\d+)\n(.*)\n( *\^+)/.exec(stderr ?? '')
  return found === null ? '' : placeWith(found[1] as string, [found[2] ?? '', found[3] ?? ''])
}
const checkMs = 2_000

function placeWith(line: string, [source = '', carets = '']: string[]): string {
  if (!/^ *\^+$/.test(carets)) return `solution.ts:${line}`
  return `solution.ts:${line}:${carets.indexOf('^') + 1}\n${source.slice(0, 200)}`
}
