import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest'
import { providedBackEnd } from './back-end.ts'
import { isTimeout } from './failure.ts'
import { KitRun } from './kit-run.ts'
import type { Random, Rejects, Show, Submission, Until, Use, Within } from './kit-types.ts'
import { rejects as rejectsWith, within as withinMs } from './until.ts'

export type { Submission, SubmissionError } from './kit-types.ts'

/**
 * What suites import as 'drillbase/kit' (kit-types.ts says what each does). Importing it ties the run to the file that is
 * being collected: its hooks surround every test. Without a judge around it stands on this machine.
 */
const run = new KitRun(providedBackEnd() ?? (await (await import('./local.ts')).openLocalBackEnd()))

export const submission: Submission = run.submission
export const use: Use = run.use
export const random: Random = run.random
export const until: Until = run.until
export const show: Show = run.show
export const rejects: Rejects = rejectsWith
export const within: Within = withinMs

// The longest set-up: engines that a test left restarting, and a process of the submission that must be replaced.
const hookMs = 30_000
beforeAll(() => run.setUp(), hookMs)
beforeEach(({ task }) => run.beforeTest(task.name), hookMs)
afterEach(({ task }) => {
  const errors = task.result?.errors ?? []
  return run.afterTest(errors.some(isTimeout), errors.length > 0)
}, hookMs)
afterAll(() => run.close(), hookMs)
