import { randomBytes } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type Docker from 'dockerode'
import type { Exercise, Language } from '../exercise.ts'
import { createGraders, type GradeResult } from '../grade.ts'

/**
 * A grader with a single slot: whatever is graded next gets the engine that the last one gave back, and everything that a
 * submission left where it could be met again. Callers take turns.
 */
export async function openLane(docker: Docker, exercise: Exercise, folder: string) {
  const runFolder = join(tmpdir(), `drillbase-${randomBytes(3).toString('hex')}`)
  const graders = createGraders({ runFolder, maxSlots: 1, warmEngines: 1, warmSandboxes: 1 }, docker)
  await graders.prepare()
  return {
    runFolder,
    /** As the last attempt: what breaks has its reason looked for, not another try. */
    grade: (language: Language, code: string): Promise<GradeResult> =>
      graders.grade(
        { folder, exercise, language, code, seed: randomBytes(4).toString('hex'), lastAttempt: true },
        () => {},
      ),
    /** Resolves with the files that are left. */
    async close(): Promise<string[]> {
      await graders.close()
      return readdirSync(runFolder)
    },
  }
}
export type Lane = Awaited<ReturnType<typeof openLane>>
