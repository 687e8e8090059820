import type { GradersHealth } from '../../graders/grade.ts'

/** What the web process and the grading process tell each other over Node's IPC channel: hints only, the store has the truth. */

/** wake: something is new or cancelled, look now instead of at the next poll. warm: somebody opened this exercise. */
export type ToWorker = { type: 'wake' } | { type: 'warm'; exerciseId: string }

export type FromWorker = { type: 'health'; health: GradersHealth } | { type: 'event'; submissionId: string }
