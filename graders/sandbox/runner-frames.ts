import { z } from 'zod'
import { ProtocolViolation } from './errors.ts'

/** Every frame a runner may send (PROTOCOL.md), and nothing beside. Values stay undecoded here. */

const callId = z.string().regex(/^[0-9a-f]{16}$/)
const thrown = z.strictObject({
  name: z.string(),
  message: z.string(),
  code: z.string().nullable(),
  data: z.unknown(),
  trace: z.string(),
})
const runnerFrame = z.discriminatedUnion('t', [
  z.strictObject({ t: z.literal('ready') }),
  z.strictObject({ t: z.literal('loaded') }),
  z.strictObject({
    t: z.literal('load-failed'),
    phase: z.enum(['compile', 'import', 'missing']),
    name: z.string(),
    message: z.string(),
    trace: z.string(),
  }),
  z.strictObject({ t: z.literal('return'), id: callId, value: z.unknown() }),
  z.strictObject({ t: z.literal('throw'), id: callId, error: thrown }),
  z.strictObject({
    t: z.literal('callback'),
    id: z.number().int().positive(),
    fn: z.number().int().nonnegative(),
    args: z.array(z.unknown()).max(1_000),
  }),
  z.strictObject({ t: z.literal('bye'), id: callId }),
])
export type RunnerFrame = z.infer<typeof runnerFrame>

/** Throws ProtocolViolation for an unknown type, an unknown field or a field of another type. */
export function readRunnerFrame(message: unknown): RunnerFrame {
  const read = runnerFrame.safeParse(message)
  if (!read.success) throw new ProtocolViolation('a frame of an unknown type or with unknown fields')
  if (read.data.t === 'return' && read.data.value === undefined) throw new ProtocolViolation('a return without a value')
  return read.data
}
