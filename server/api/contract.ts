import { z } from '@hono/zod-openapi'
import { engineKind, language } from '../../graders/exercise.ts'
import { runProblems } from '../../graders/run.ts'
import { inventory, shownLine } from '../../graders/sample.ts'
import { traffic } from '../../graders/traffic.ts'
import { statuses, testOutcomes, verdicts } from '../../graders/verdict.ts'

/**
 * Every request, answer and error code of the HTTP interface. The server validates with these schemas, the page is typed by
 * them, /api/openapi.json is generated from them. Instants are ISO 8601 in UTC, study days 'YYYY-MM-DD', durations milliseconds.
 */

// ---- errors ------------------------------------------------------------------------------------------------------------

/** Each code has one HTTP status; the only place where the two meet. */
export const errorStatus = {
  'invalid-request': 400,
  'forbidden-host': 403,
  'cross-site': 403,
  'not-found': 404,
  'stale-version': 409,
  'id-reused': 409,
  'nothing-to-undo': 409,
  'hint-not-next': 409,
  'nothing-to-correct': 409,
  'too-large': 413,
  'not-json': 415,
  'queue-full': 503,
  'grader-unavailable': 503,
  'disk-full': 507,
  internal: 500,
} as const
export type ErrorCode = keyof typeof errorStatus
export const errorBody = z.object({
  error: z.object({
    code: z.enum(Object.keys(errorStatus) as [ErrorCode, ...ErrorCode[]]),
    message: z.string(),
    /** For invalid-request: which field and why. */
    fields: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
    retryAfterMs: z.number().optional(),
  }),
})

// ---- health ------------------------------------------------------------------------------------------------------------

export const engineHealth = z.object({
  image: z.string().nullable(),
  version: z
    .string()
    .nullable()
    .describe('what it really is: "PostgreSQL 17.11", "FerretDB 2.7.0 (MongoDB-compatible)"'),
  state: z.enum(['waiting', 'pulling', 'building', 'ready', 'failed']),
  step: z.string().nullable(),
  message: z.string().nullable(),
})
export const health = z.object({
  version: z.string(),
  store: z.object({
    dialect: z.enum(['sqlite', 'postgres']),
    location: z.string().describe('file or database, without secrets'),
    reviews: z.number(),
    submissions: z.number(),
  }),
  content: z.object({
    sections: z.number(),
    items: z.number(),
    /** Files that could not be used; the rest works. */
    problems: z.array(
      z.object({ file: z.string(), field: z.string().nullable(), line: z.number().optional(), message: z.string() }),
    ),
  }),
  grader: z.object({
    state: z.enum(['starting', 'preparing', 'ready', 'unavailable']),
    message: z.string().nullable(),
    engines: z.record(engineKind, engineHealth),
    /** Preparation of every image, ours included, for a progress display. */
    images: z.array(
      z.object({
        name: z.string(),
        state: z.string(),
        step: z.string().nullable(),
        done: z.number().nullable(),
        total: z.number().nullable(),
      }),
    ),
    warm: z
      .object({
        busySlots: z.number().describe('submissions that have a slot, or whose slot is still being given back'),
        bytes: z.number().describe('memory of all that waits unused'),
        judges: z.number(),
        engines: z.record(engineKind, z.number()),
        sandboxes: z.array(
          z.object({
            language,
            engines: z.array(engineKind),
            limits: z.object({ memoryMb: z.number(), pids: z.number(), outputBytes: z.number() }),
            ready: z.number(),
          }),
        ),
      })
      .describe('what is ready for the next submission'),
  }),
})

// ---- items and reviews -------------------------------------------------------------------------------------------------

export const rating = z.enum(['again', 'hard', 'good', 'easy'])
export const state = z.enum(['new', 'learning', 'review', 'relearning'])
/** 'card:62.1-c01' or 'exercise:pg-ledger-transfer'. */
export const itemId = z.string().regex(/^(card|exercise):.+$/)

export const memory = z.object({
  state,
  stability: z.number(),
  difficulty: z.number(),
  dueAt: z.iso.datetime(),
  dueDay: z.iso.date(),
  reps: z.number(),
  lapses: z.number(),
})
export const interval = z.object({ rating, dueAt: z.iso.datetime(), intervalMs: z.number(), label: z.string() })

/** A card as the page shows it; every text is sanitised HTML. `answerHtml` is what turns up after Space. */
export const cardFace = z.object({
  id: z.string(),
  kind: z.enum(['basic', 'cloze', 'choice', 'typed', 'predict']),
  section: z.string(),
  frontHtml: z.string(),
  answerHtml: z.string(),
  explanationHtml: z.string().nullable(),
  choices: z.array(z.object({ html: z.string(), correct: z.boolean(), whyHtml: z.string().nullable() })).nullable(),
  answers: z.array(z.string()).nullable().describe('typed: accepted answers, compared without case and runs of blanks'),
  source: z.object({ title: z.string(), url: z.string() }),
  version: z.string().nullable(),
})
export const exerciseFace = z.object({
  id: z.string(),
  section: z.string(),
  title: z.string(),
  summary: z.string(),
  minutes: z.number(),
  engines: z.array(engineKind),
})

export const queueItem = z.object({
  item: itemId,
  version: z.number().int().describe('send it back with the review'),
  why: z.enum(['learning', 'review', 'new', 'learn-ahead']),
  memory,
  intervals: z.array(interval).length(4).describe('again, hard, good, easy; what is shown is what is stored'),
  expectedMs: z.number(),
  leech: z.boolean(),
  card: cardFace.nullable(),
  exercise: exerciseFace.nullable(),
})
export const queue = z.object({
  studyDay: z.iso.date(),
  counts: z
    .object({ new: z.number(), learning: z.number(), review: z.number(), exercises: z.number() })
    .describe('cards by reason, and exercises whatever their reason: together all that is queued'),
  minutes: z.number().describe('expected minutes for all of it'),
  doneToday: z.number(),
  canUndo: z.boolean(),
  items: z.array(queueItem),
})
export const queueQuery = z.object({
  minutes: z.coerce.number().int().min(1).max(600).optional().describe('time box: choose by gain per minute'),
  limit: z.coerce.number().int().min(1).max(500).default(50),
})

export const reviewRequest = z.strictObject({
  id: z.uuid().describe("the client's; the same id twice is one review"),
  item: itemId,
  version: z.number().int().min(0),
  rating,
  answeredAt: z.iso.datetime({ offset: true }),
  durationMs: z.number().int().min(0).max(3_600_000),
  merge: z.boolean().optional().describe('sent by the offline queue: takes its place by answeredAt instead of a 409'),
})
export const reviewReply = z.object({
  id: z.uuid(),
  item: itemId,
  version: z.number().int(),
  rating,
  memory,
  leech: z.boolean(),
  replayed: z.boolean().describe('this id was known already'),
  moved: z.boolean().describe('merged before a later review, the item was replayed'),
  setAside: z
    .boolean()
    .describe('merged after an undo, a reset or an edit of the item: kept in the log, nothing changed'),
})
export const undoReply = z.object({ review: z.uuid(), item: itemId, version: z.number().int(), memory })

// ---- sections ----------------------------------------------------------------------------------------------------------

export const sectionSummary = z.object({
  id: z.string(),
  title: z.string(),
  prerequisites: z.array(z.string()),
  cards: z.object({ total: z.number(), new: z.number(), learning: z.number(), known: z.number(), due: z.number() }),
  exercises: z.object({ total: z.number(), solved: z.number(), due: z.number() }),
  mastery: z.number().min(0).max(1).describe('mean retrievability over all items, new ones count 0'),
  unlocked: z.boolean(),
})
export const sections = z.object({ sections: z.array(sectionSummary) })
export const exerciseSummary = exerciseFace.extend({
  status: z.enum(['new', 'tried', 'solved']),
  due: z.boolean(),
  dueAt: z.iso.datetime().nullable(),
  unlocked: z.boolean(),
})
export const section = sectionSummary.extend({
  lessonHtml: z.string(),
  cardList: z.array(cardFace.extend({ state, dueAt: z.iso.datetime().nullable() })),
  exerciseList: z.array(exerciseSummary),
})

// ---- exercises and submissions -----------------------------------------------------------------------------------------

export const hints = z.object({
  steps: z.number().int().describe('how many there are; 0 where the author wrote none'),
  takenHtml: z
    .array(z.string())
    .describe('those taken since it came due, in order; all of them once the solution may be seen'),
  cost: z
    .boolean()
    .describe(
      'the next one makes Hard the best rating of this time; false where it is that already, or nothing is rated',
    ),
})
export const hintRequest = z.strictObject({
  step: z.number().int().min(1).describe('the next one; a step that was taken already costs nothing again'),
})

export const exercise = exerciseSummary.extend({
  promptHtml: z.string(),
  languages: z.array(language),
  starter: z.partialRecord(language, z.string()),
  sample: z.string().nullable().describe('source of what a run does; null: there is none'),
  tests: z.array(z.object({ name: z.string() })).describe('names only: hints come with a failure'),
  concepts: z.array(z.string()),
  engineNames: z.array(z.string()).describe('what the engines really are here'),
  version: z.number().int(),
  hints,
  /** These three only after it was solved or given up, until it is due again. */
  solution: z.partialRecord(language, z.string()).nullable(),
  hiddenTests: z.string().nullable(),
  explanationHtml: z.string().nullable(),
  lastSubmission: z.uuid().nullable(),
})

export const submissionRequest = z.strictObject({
  id: z.uuid().optional().describe("the client's; the same id twice is one submission"),
  exercise: z.string().min(1),
  language,
  code: z.string().min(1).max(200_000),
  activeMs: z.number().int().min(0).optional().describe('time with the exercise open, pauses over 5 minutes left out'),
})
export const accepted = z.object({ id: z.uuid() })

export const verdict = z.enum(verdicts)
export const status = z.enum(statuses)
export const testResult = z.object({
  name: z.string(),
  outcome: z.enum(testOutcomes),
  message: z.string().nullable().describe("the submission's own error; never an expected value before it is solved"),
  hint: z.string().nullable().describe('fixed text of a failed test'),
  ms: z.number(),
})
export const submission = z.object({
  id: z.uuid(),
  exercise: z.string(),
  language,
  code: z.string(),
  status,
  verdict: verdict.nullable(),
  tests: z.array(testResult),
  output: z.string(),
  outputTruncated: z.boolean(),
  error: z.string().nullable(),
  timings: z.object({
    queuedMs: z.number().nullable(),
    slotMs: z.number().nullable(),
    loadMs: z.number().nullable(),
    testsMs: z.number().nullable(),
    totalMs: z.number().nullable(),
  }),
  engines: z.array(z.object({ kind: engineKind, product: z.string() })),
  traffic: z.partialRecord(engineKind, traffic).describe('counted from outside the sandbox, over the whole run'),
  referenceTraffic: z
    .partialRecord(engineKind, traffic)
    .nullable()
    .describe(
      'the same figures of the reference solution in this language under the same suite, measured here; null until then',
    ),
  createdAt: z.iso.datetime(),
  finishedAt: z.iso.datetime().nullable(),
  attempts: z.number().int().describe('more than one: it was graded again because something of ours broke'),
  /** What the verdict did to the schedule; null when it was practice. */
  review: z.object({ rating, dueAt: z.iso.datetime(), intervalLabel: z.string() }).nullable(),
})
export const correctionRequest = z.strictObject({
  id: z.uuid().describe("the client's; the same id twice is one correction"),
  rating,
})
export const submissionList = z.object({
  submissions: z.array(
    submission
      .pick({ id: true, exercise: true, language: true, status: true, verdict: true, createdAt: true })
      .extend({ title: z.string() }),
  ),
})
export const submissionListQuery = z.object({
  exercise: z.string().optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
})

/** Data of a server-sent event; its `id` is the sequence number, so that a broken stream goes on where it stopped. */
export const submissionEvent = z.discriminatedUnion('type', [
  z.object({ type: z.literal('status'), status, step: z.string().nullable() }),
  z.object({ type: z.literal('loaded'), ms: z.number() }),
  z.object({ type: z.literal('test-started'), name: z.string() }),
  z.object({ type: z.literal('test-ended'), test: testResult }),
  /** Graded again: forget the tests shown so far. */
  z.object({ type: z.literal('restarted') }),
  z.object({ type: z.literal('final'), submission }),
])
export type SubmissionEvent = z.infer<typeof submissionEvent>

// ---- runs --------------------------------------------------------------------------------------------------------------

export const runRequest = submissionRequest.pick({ exercise: true, language: true, code: true }).strict()
export const run = submission
  .pick({
    id: true,
    exercise: true,
    language: true,
    code: true,
    status: true,
    output: true,
    outputTruncated: true,
    timings: true,
    engines: true,
    traffic: true,
    createdAt: true,
    finishedAt: true,
  })
  .extend({
    problem: z
      .object({ code: z.enum(runProblems), message: z.string().nullable() })
      .nullable()
      .describe('why the sample did not come to its end'),
    shown: z.array(shownLine),
    inventory: z.array(inventory).describe('what is in each engine after the sample; bounded'),
  })
export const runEvent = z.discriminatedUnion('type', [
  z.object({ type: z.literal('status'), status, step: z.string().nullable() }),
  z.object({ type: z.literal('loaded'), ms: z.number() }),
  z.object({ type: z.literal('shown'), line: shownLine }),
  /** Run again: forget what was shown so far. */
  z.object({ type: z.literal('restarted') }),
  z.object({ type: z.literal('final'), run }),
])
export type RunEvent = z.infer<typeof runEvent>
export type Run = z.infer<typeof run>

export const giveUpReply = z.object({
  solution: z.partialRecord(language, z.string()),
  review: z.object({ rating, dueAt: z.iso.datetime(), intervalLabel: z.string() }).nullable(),
})

// ---- progress ----------------------------------------------------------------------------------------------------------

export const progress = z.object({
  studyDay: z.iso.date(),
  streakDays: z.number(),
  heatmap: z
    .array(z.object({ day: z.iso.date(), reviews: z.number(), minutes: z.number() }))
    .describe('the last 365 study days with reviews'),
  forecast: z
    .array(z.object({ day: z.iso.date(), cards: z.number(), exercises: z.number() }))
    .describe('30 days, today first, overdue counts today'),
  trueRetention: z
    .object({ passed: z.number(), total: z.number(), rate: z.number().nullable() })
    .describe('reviews of mature items, last 30 days'),
  sections: z.array(sectionSummary),
  submissions: submissionList.shape.submissions,
})

export type Health = z.infer<typeof health>
export type Queue = z.infer<typeof queue>
export type QueueItem = z.infer<typeof queueItem>
export type CardFace = z.infer<typeof cardFace>
export type ReviewRequest = z.infer<typeof reviewRequest>
export type ReviewReply = z.infer<typeof reviewReply>
export type Section = z.infer<typeof section>
export type SectionSummary = z.infer<typeof sectionSummary>
export type Exercise = z.infer<typeof exercise>
export type Submission = z.infer<typeof submission>
export type TestResult = z.infer<typeof testResult>
export type Progress = z.infer<typeof progress>
