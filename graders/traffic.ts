import { z } from 'zod'

const count = z.number().int().min(0)

/**
 * What a submission did to one engine over a whole run, from all its processes: counted on the wire by the judge's proxy,
 * never by the submission. What its driver sends by itself belongs to it.
 */
export const traffic = z.object({
  connections: count.describe('opened over the whole run'),
  openAtOnce: count.describe('most of them open at one moment'),
  statements: count.describe(
    'PostgreSQL: queries and executions (several statements in one simple query are one); Redis and MongoDB: commands, each of a pipeline, without those that open a connection; DynamoDB: requests',
  ),
  roundTrips: count.describe('times that something was sent and an answer came or was waited for'),
  waitingMs: z
    .number()
    .min(0)
    .describe(
      'time during which at least one request had no answer yet, blocking commands and locks that others hold included; requests that met a fault of the suite (delay, pause, hole) are left out',
    ),
  bytesUp: count,
  bytesDown: count,
  capacity: z
    .object({ read: z.number().min(0), write: z.number().min(0) })
    .nullable()
    .describe('DynamoDB: capacity units as the engine reports them, of requests that succeeded'),
})
export type Traffic = z.infer<typeof traffic>
