import { and, asc, eq, gt, max } from 'drizzle-orm'
import { StoreError } from './error.ts'
import type { SubmissionStore } from './store.ts'
import type { Database, Transaction } from './transaction.ts'

/** What happened to a submission, in order; a broken stream goes on after the last number it saw. */
export function openEvents({ tables: { events }, read }: Database): Pick<SubmissionStore, 'events'> {
  return {
    events: (submissionId, afterSeq) =>
      read(async (queries) =>
        queries
          .select()
          .from(events)
          .where(and(eq(events.submissionId, submissionId), gt(events.seq, afterSeq)))
          .orderBy(asc(events.seq)),
      ),
  }
}

/** Within somebody's transaction. Error: lease-lost. */
export async function appendEventsIn(
  { tables: { events, submissions } }: Database,
  transaction: Transaction,
  submissionId: string,
  fence: number,
  data: unknown[],
): Promise<void> {
  // Locked, so that two events never get one number.
  const [holder] = await transaction.locked(
    transaction
      .select({ id: submissions.id })
      .from(submissions)
      .where(and(eq(submissions.id, submissionId), eq(submissions.fence, fence))),
  )
  if (!holder) throw new StoreError('lease-lost', `Submission ${submissionId} is no longer held under number ${fence}`)
  if (data.length === 0) return
  const [last] = await transaction
    .select({ seq: max(events.seq) })
    .from(events)
    .where(eq(events.submissionId, submissionId))
  const seq = (last?.seq ?? 0) + 1
  const at = Date.now()
  await transaction.insert(events).values(data.map((one, index) => ({ submissionId, seq: seq + index, at, data: one })))
  await transaction.announce({ type: 'news', submissionId })
}
