import { randomBytes } from 'node:crypto'
import type { Language } from '../../graders/exercise.ts'
import type { CatalogExercise } from '../content/exercise-folder.ts'
import type { GradingRoom } from './grade.ts'

/**
 * What the reference solutions do to their engines, so that a learner's figures have something to stand beside. Each is graded
 * once for each suite, while nobody wants anything of this machine; whoever comes is served first.
 */
export type References = {
  /** Somebody submits or opens an exercise: the run under way is dropped, and the next one waits for quiet again. */
  stepAside(): void
  stop(): void
}

/** So long nobody may have wanted anything. */
const quietMs = 30_000

type Pair = { found: CatalogExercise; language: Language; code: string }

export function measureReferences(
  room: Pick<GradingRoom, 'store' | 'catalog' | 'graders' | 'log'>,
  isBusy: () => boolean,
  waitMs = quietMs,
): References {
  /** Measured, or not to be tried again: an exercise, its language and suite. */
  const settled = new Set<string>()
  let running: AbortController | null = null
  let stopped = false
  let timer = setTimeout(work, waitMs)

  function rearm(): void {
    clearTimeout(timer)
    if (!stopped) timer = setTimeout(work, waitMs).unref()
  }

  async function work(): Promise<void> {
    // A second one starts only after the first has ended, so that one never waits for the other's slot.
    if (running || stopped) return
    const own = new AbortController()
    running = own
    try {
      while (!own.signal.aborted && !isBusy() && room.graders.health().state === 'ready') {
        const next = await nextPair(room, settled)
        if (!next) break
        await measure(room, next, own.signal)
        settled.add(nameOf(next))
      }
    } catch (error) {
      if (!own.signal.aborted) room.log(`References: ${error instanceof Error ? error.message : error}`)
    }
    running = null
    rearm()
  }

  timer.unref()
  return {
    stepAside() {
      running?.abort(new Error('a learner comes first'))
      rearm()
    },
    stop() {
      stopped = true
      clearTimeout(timer)
      running?.abort(new Error('the grading process ends'))
    },
  }
}

const nameOf = ({ found: { exercise, suiteHash }, language }: Pair) => `${exercise.id} ${language} ${suiteHash}`

async function nextPair({ store, catalog, graders }: Parameters<typeof measureReferences>[0], settled: Set<string>) {
  for (const found of catalog.snapshot.exerciseById.values())
    for (const [language, code] of Object.entries(found.solution) as [Language, string][]) {
      const pair: Pair = { found, language, code }
      const { exercise, suiteHash } = found
      // Without an engine there is nothing to count.
      if (settled.has(nameOf(pair)) || exercise.engines.length === 0) continue
      if ((await store.references.traffic({ exerciseId: exercise.id, language, suiteHash })) !== null) {
        settled.add(nameOf(pair))
        continue
      }
      if (graders.canGrade(exercise, language)) return pair
    }
  return null
}

async function measure(
  { store, graders, log }: Parameters<typeof measureReferences>[0],
  { found, language, code }: Pair,
  signal: AbortSignal,
): Promise<void> {
  const { exercise, folder, suiteHash } = found
  const seed = randomBytes(8).toString('hex')
  const { verdict, traffic } = await graders.grade({ folder, exercise, language, code, seed }, () => {}, signal)
  if (verdict !== 'accepted') return log(`References: ${exercise.id} in ${language} is ${verdict} and has no figures`)
  await store.references.save({ exerciseId: exercise.id, language, suiteHash, traffic, measuredAt: Date.now() })
}
