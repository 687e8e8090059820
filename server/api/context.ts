import type { GradersHealth } from '../../graders/grade.ts'
import type { Catalog } from '../content/catalog.ts'
import type { Store } from '../store/store.ts'

/** What the routes see of grading, which runs in another process. */
export interface GraderLink {
  health(): GradersHealth
  /** Tells the grading process that a submission is new or cancelled. It looks by itself too, a little later. */
  wake(): void
  /** Somebody opened this exercise: a submission will follow, and what it needs can be made ready. */
  warm(exerciseId: string): void
  /** Calls back when a submission has new events; returns how to stop. Hints only: the events stand in the store. */
  onEvent(submissionId: string, listener: () => void): () => void
}

/** What every route may use. */
export type ApiContext = {
  store: Store
  catalog: Catalog
  grader: GraderLink
  /** Epoch milliseconds; a test of days to come brings its own. */
  now(): number
  /** Waiting submissions beyond which new ones are refused. */
  queueLength: number
  log(line: string): void
}
