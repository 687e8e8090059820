import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import { parse } from 'yaml'
import { type Exercise, exercise as exerciseSchema, type Language } from '../exercise.ts'
import { openLocalHost } from './local-host.ts'
import type { JudgeEvent, JudgeHost, JudgeOrder } from './order.ts'
import { type JudgeProcess, startJudge } from './process.ts'

/** The judge's process against submissions without a sandbox, for the tests beside this file. */

export const folder = fileURLToPath(new URL('./fixtures/adder/', import.meta.url))
export const adder = exerciseSchema.parse(parse(readFileSync(`${folder}exercise.yaml`, 'utf8')))
export const reference = readFileSync(`${folder}reference/solution.ts`, 'utf8')
export const allNames = adder.tests.map((one) => one.name)

export const noEngines = {
  pauseEngine: () => Promise.reject(new Error('no engine')),
  unpauseEngine: () => Promise.reject(new Error('no engine')),
  restartEngine: () => Promise.reject(new Error('no engine')),
}

/** A judge that ends with the test. */
export function newJudge(): JudgeProcess {
  const process = startJudge()
  onTestFinished(() => process.kill())
  return process
}

type Options = { process?: JudgeProcess; bend?: (host: JudgeHost) => JudgeHost }

/** One order, of the fixture's exercise unless changed. */
export async function judge(
  code: string,
  changes: Partial<JudgeOrder> = {},
  { process = newJudge(), bend = (host) => host }: Options = {},
) {
  const language: Language = changes.language ?? 'typescript'
  const local = openLocalHost(language, noEngines)
  onTestFinished(() => local.close())
  const events: JudgeEvent[] = []
  const order: JudgeOrder = {
    suite: 'hidden',
    suiteFile: `${folder}hidden.test.ts`,
    exercise: adder,
    language,
    code,
    seed: 'fixed',
    engines: [],
    ...changes,
  }
  const report = await process.run(order, bend(local), (event) => events.push(event))
  const outcome = Object.fromEntries(report.tests.map((result) => [result.name, result.outcome]))
  const result = (name: string) => report.tests.find((one) => one.name === name)
  return { report, events, outcome, result }
}

/** A suite of its own, outside the repository, with the names it has. */
export function suite(source: string, names: string[], limits: Partial<Exercise['limits']> = {}): Partial<JudgeOrder> {
  const suiteFile = writeSuite('hidden.test.ts', source)
  const tests = names.map((name) => ({ name, hint: 'a hint that is long enough' }))
  return { suiteFile, exercise: { ...adder, tests, limits: { ...adder.limits, ...limits } } }
}

export function writeSuite(name: string, source: string): string {
  const outside = mkdtempSync(join(tmpdir(), 'suite-'))
  onTestFinished(() => rmSync(outside, { recursive: true }))
  const suiteFile = join(outside, name)
  writeFileSync(
    suiteFile,
    `import { expect, test } from 'vitest'\nimport { random, rejects, show, submission, until } from 'drillbase/kit'\n${source}`,
  )
  return suiteFile
}
