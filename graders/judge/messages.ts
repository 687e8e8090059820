import { z } from 'zod'
import { type EngineKind, engineKind } from '../exercise.ts'
import { inventory, shownLine } from '../sample.ts'
import { traffic } from '../traffic.ts'
import { testOutcomes } from '../verdict.ts'
import { maxDetailLength, maxMessageLength } from './failure.ts'
import type { JudgeOrder } from './order.ts'

/** What the judge's process may send, checked by the worker: it has read what a hostile submission wrote. */

const milliseconds = z.number().min(0).max(3_600_000)
const message = z.string().max(maxMessageLength).nullable()

const testResult = z.strictObject({
  name: z.string().max(200),
  outcome: z.enum(testOutcomes),
  ms: milliseconds,
  message,
  detail: z.string().max(maxDetailLength).nullable(),
  cause: z.enum(['assertion', 'submission-error', 'sandbox-exit', 'deadline', 'protocol', 'judge']).nullable(),
})

const judgeEvent = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('loaded'), ms: milliseconds }),
  z.strictObject({ type: z.literal('test-started'), name: z.string().max(200) }),
  z.strictObject({ type: z.literal('test-ended'), result: testResult }),
  z.strictObject({ type: z.literal('shown'), line: shownLine }),
  z.strictObject({ type: z.literal('inventory'), engines: z.array(inventory).max(8) }),
])

const count = z.number().int().min(0)

const sandboxId = z.string().max(128)

const judgeReport = z.strictObject({
  load: z.strictObject({
    outcome: z.enum(['loaded', 'compile-error', 'runtime-error', 'deadline', 'not-tried']),
    message: z.string().max(8_000).nullable(),
  }),
  tests: z.array(testResult).max(1_000),
  protocolViolation: z.string().max(maxMessageLength).nullable(),
  suiteDeadline: z.boolean(),
  timings: z.strictObject({ loadMs: milliseconds, testsMs: milliseconds }),
  farewells: z.record(sandboxId, z.string().regex(/^[0-9a-f]{16}$/)),
  traffic: z.partialRecord(engineKind, traffic),
})

const request = z.discriminatedUnion('method', [
  z.strictObject({
    method: z.literal('openSandbox'),
    argument: z.strictObject({ clockSkewMs: z.number().min(-1e12).max(1e12) }),
  }),
  ...(['killSandbox', 'pauseSandbox', 'unpauseSandbox', 'sandboxMemoryBytes'] as const).map((method) =>
    z.strictObject({ method: z.literal(method), argument: sandboxId }),
  ),
  ...(['pauseEngine', 'unpauseEngine', 'restartEngine'] as const).map((method) =>
    z.strictObject({ method: z.literal(method), argument: engineKind }),
  ),
])
export type HostRequest = z.infer<typeof request>

export const fromJudge = z.discriminatedUnion('t', [
  z.strictObject({ t: z.literal('ready') }),
  z.strictObject({ t: z.literal('event'), event: judgeEvent }),
  z.strictObject({ t: z.literal('ask'), id: count, request }),
  z.strictObject({ t: z.literal('report'), report: judgeReport }),
  z.strictObject({ t: z.literal('rested') }),
])
export type FromJudge = z.infer<typeof fromJudge>

/** The worker is trusted: its answers are not checked. */
export type FromWorker =
  | { t: 'prepare'; engines: EngineKind[] }
  | { t: 'order'; order: JudgeOrder }
  | { t: 'answer'; id: number; value?: unknown; error?: string }
  | { t: 'rest' }
