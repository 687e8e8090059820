/** What bounds the worker itself; the limits of one exercise stand in its exercise.yaml. */

/** A suite's processes that may live at the same moment: the main one and those it spawned. */
export const sandboxesAlive = 3
/** Over a whole run. Suites spawn for single tests, so this only stops a suite that spawns in a loop. */
export const sandboxesPerRun = 60

/** Unused containers are given back after this long. */
export const idleMs = 10 * 60_000
/** Beyond a suite's own limits, before the judge is killed. */
export const judgeGraceMs = 1_500
/** A judge keeps the modules of every suite that it ran, and what V8 learnt of them. */
export const runsPerJudge = 50
/** Resident, where a new one has some 110 MB. One that had to hold more in a run is not used again. */
export const judgeBytes = 192 * 1_048_576
/** How long a slot may take to open. Covers a cold start of the slowest engine. */
export const slotMs = 60_000

/** Containers of a worker on another machine, or in a container that is gone, are left alone for so long. */
export const strangerMs = 12 * 60 * 60_000
