import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { GradeEvent, GradeJob, GradeResult } from './job.ts'
import { isSurelyOurs, oddityOf } from './oddity.ts'

export type GradeOnce = (job: GradeJob, on: (event: GradeEvent) => void) => Promise<GradeResult>

/**
 * Grades, and where the evidence is odd grades the reference solution in a slot of the same kind (a canary). If that fails too,
 * something of ours is to blame: internal-error, whatever it looked like. If it passes, the verdict stands.
 *
 * What breaks (an engine that goes down, a judge that ends) is tried again before anybody asks why. Only at the last attempt the
 * canary decides: where it passes, the submission breaks whatever it gets, which is a runtime-error.
 */
export async function gradeFairly(
  gradeOnce: GradeOnce,
  job: GradeJob,
  on: (event: GradeEvent) => void,
): Promise<GradeResult> {
  const result = await gradeOnce(job, on)
  const oddity = oddityOf(result.evidence)
  if (oddity === null) return result
  const broke = result.verdict === 'internal-error'
  if (broke && (!job.lastAttempt || isSurelyOurs(result.evidence))) return result

  const code = await referenceFor(job)
  if (code === null) return result
  on({ type: 'preparing', step: 'The result is doubtful: trying the reference solution' })
  const tests = oddity.tests && { only: oddity.tests }
  const canary = await gradeOnce({ ...job, ...tests, code, stopAtFirstFailure: true }, () => {})
  if (canary.verdict !== 'accepted')
    return {
      ...result,
      verdict: 'internal-error',
      incident: `${result.incident ?? oddity.reason}, and the reference solution gets ${canary.verdict}: ${canary.incident ?? ''}`,
    }
  if (!broke) return result
  return { ...result, verdict: 'runtime-error', error: brokeEverything }
}

const brokeEverything =
  'Each time your program ran, something it ran on broke: an engine or a process went down. The reference solution passes in the same place.'

const fileOf = { typescript: 'solution.ts', python: 'solution.py' } as const

/** Null where the exercise has none in this language. */
const referenceFor = ({ folder, language }: GradeJob): Promise<string | null> =>
  readFile(join(folder, 'reference', fileOf[language]), 'utf8').catch(() => null)
