import { and, asc, eq, gt, max } from 'drizzle-orm'
import { StoreError } from './error.ts'
import type { SubmissionStore } from './store.ts'
import type { Database } from './transaction.ts'

/** What happened to a submission, in order; a broken stream goes on after the last number it saw. */
export function openEvents({ tables, read, write }: Database): Pick<SubmissionStore, 'appendEvent' | 'events'> {
  const { events, submissions } = tables

  return {
    appendEvent: (submissionId, fence, data) =>
      write(async (transaction) => {
        // Locked, so that two events never get one number.
        const [holder] = await transaction.locked(
          transaction
            .select({ id: submissions.id })
            .from(submissions)
            .where(and(eq(submissions.id, submissionId), eq(submissions.fence, fence))),
        )
        if (!holder)
          throw new StoreError('lease-lost', `Submission ${submissionId} is no longer held under number ${fence}`)
        const [last] = await transaction
          .select({ seq: max(events.seq) })
          .from(events)
          .where(eq(events.submissionId, submissionId))
        const event = { submissionId, seq: (last?.seq ?? 0) + 1, at: Date.now(), data }
        await transaction.insert(events).values(event)
        await transaction.announce({ type: 'news', submissionId })
        return event
      }),

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
