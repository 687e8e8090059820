import { describe, expect, test } from 'vitest'
import type { Store } from './store.ts'
import { apply, fresh, noon, reviewInput } from './test-data.ts'
import { addLearner } from './test-learner.ts'
import { dialects, storeWithLearner } from './test-store.ts'

const leaseMs = 30_000

function submit(
  store: Store,
  learnerId: string,
  exerciseId = 'a',
  more: { id?: string; code?: string; createdAt?: number } = {},
) {
  const job = {
    id: crypto.randomUUID(),
    learnerId,
    exerciseId,
    language: 'python' as const,
    code: 'pass',
    activeMs: null,
  }
  return store.submissions.create({ ...job, seed: 'seed', createdAt: noon, ...more })
}
const outcome = (verdict: 'accepted' | 'wrong-answer' | 'internal-error' = 'accepted') => ({
  verdict,
  result: { tests: [{ name: 'ends', ms: 1.5 }] },
  operatorLog: ['expected 1'],
  suiteHash: 'hash',
  finishedAt: noon + 900,
})

describe.each(dialects)('submissions on %s', (dialect) => {
  test('a job goes from queued to done with its verdict, once', async () => {
    const { store, learnerId } = await storeWithLearner(dialect)
    const { submission, created } = await submit(store, learnerId)
    expect(created).toBe(true)
    expect(submission).toMatchObject({ status: 'queued', verdict: null, attempts: 0, result: null })
    expect(await store.submissions.waiting()).toBe(1)

    const claim = (await store.submissions.claim(noon + 5, leaseMs, ['a'])) ?? expect.fail()
    expect(claim.submission).toMatchObject({ id: submission.id, status: 'preparing', attempts: 1, startedAt: noon + 5 })
    await store.submissions.appendEvents(submission.id, claim.fence, [], 'running')
    expect(await store.submissions.heartbeat(submission.id, claim.fence, noon + 60_000)).toEqual({ cancelled: false })
    const done = await store.submissions.finish(submission.id, claim.fence, outcome())

    expect(done).toMatchObject({ status: 'done', leaseUntil: null, ...outcome() })
    expect(await store.submissions.get(submission.id)).toEqual(done)
    expect(await store.submissions.list(learnerId, { exerciseId: 'a', limit: 5 })).toEqual([done])
    expect(await store.submissions.list(learnerId, { exerciseId: 'b', limit: 5 })).toEqual([])
    await expect(store.submissions.finish(submission.id, claim.fence, outcome())).rejects.toMatchObject({
      code: 'lease-lost',
    })
    expect(await store.submissions.claim(noon + 999_999, leaseMs, null)).toBeNull()
  })

  test('50 parallel posts of one id are one submission, and other content under it is refused', async () => {
    const { store, learnerId } = await storeWithLearner(dialect)
    const id = crypto.randomUUID()
    const replies = await Promise.all(Array.from({ length: 50 }, () => submit(store, learnerId, 'a', { id })))
    expect(replies.filter((reply) => reply.created)).toHaveLength(1)
    expect(await store.submissions.list(learnerId, { limit: 99 })).toHaveLength(1)
    await expect(submit(store, learnerId, 'a', { id, code: 'other' })).rejects.toMatchObject({ code: 'id-reused' })
  })

  test.each(['print("\u0000 \ud800 \u{1f600} é \\u0000")\r\n', '123', 'null', '"quoted"'])(
    '%j is kept as it came',
    async (code) => {
      const { store, learnerId } = await storeWithLearner(dialect)
      const { submission } = await submit(store, learnerId, 'a', { code })
      const { fence } = (await store.submissions.claim(noon, leaseMs, null)) ?? expect.fail()
      await store.submissions.appendEvents(submission.id, fence, [code])
      await store.submissions.finish(submission.id, fence, {
        ...outcome(),
        result: { output: code },
        operatorLog: code,
      })
      expect(await store.submissions.get(submission.id)).toMatchObject({
        code,
        result: { output: code },
        operatorLog: code,
      })
      expect((await store.submissions.events(submission.id, 0))[0]?.data).toBe(code)
    },
  )

  test('20 parallel workers get each job once, the oldest first', async () => {
    const { store, place } = await storeWithLearner(dialect)
    const ids: string[] = []
    for (let number = 0; number < 15; number++) {
      const learnerId = await addLearner(place, `learner-${number}`)
      ids.push((await submit(store, learnerId, 'a', { createdAt: noon + number })).submission.id)
    }
    const first = await store.submissions.claim(noon + 99, leaseMs, null)
    const claims = await Promise.all(
      Array.from({ length: 20 }, () => store.submissions.claim(noon + 99, leaseMs, null)),
    )
    const got = claims.flatMap((claim) => (claim ? [claim.submission.id] : []))
    expect(first?.submission.id).toBe(ids[0])
    expect(got.toSorted()).toEqual(ids.slice(1).toSorted())
  })

  test('what comes next is known: the oldest that wait, not what is under way or must not start yet', async () => {
    const { store, learnerId } = await storeWithLearner(dialect)
    for (const [at, exerciseId] of ['a', 'b', 'c', 'd'].entries())
      await submit(store, learnerId, exerciseId, { createdAt: noon + at })
    const claim = (await store.submissions.claim(noon, leaseMs, null)) ?? expect.fail()
    const exercises = async (now: number) =>
      (await store.submissions.next(now, 2)).map(({ exerciseId, language }) => [exerciseId, language])
    expect(await exercises(noon + 9)).toEqual([
      ['b', 'python'],
      ['c', 'python'],
    ])
    await store.submissions.retry(claim.submission.id, claim.fence, noon + 500, 'broken')
    expect((await exercises(noon + 499))[0]).toEqual(['b', 'python'])
    expect((await exercises(noon + 500))[0]).toEqual(['a', 'python'])
  })

  test('a learner has one under way at a time, whatever the exercise, and holds up nobody else', async () => {
    const { store, learnerId, place } = await storeWithLearner(dialect)
    const other = await addLearner(place, 'other')
    const order: string[] = []
    for (const [learner, exercise] of [
      [learnerId, 'a'],
      [learnerId, 'b'],
      [learnerId, 'c'],
      [other, 'a'],
    ] as const)
      order.push((await submit(store, learner, exercise, { createdAt: noon + order.length })).submission.id)
    const claimNow = () => store.submissions.claim(noon + 9, leaseMs, null)
    const claims = (await Promise.all(Array.from({ length: 8 }, claimNow))).filter((claim) => claim !== null)
    expect(claims.map((claim) => claim.submission.id).toSorted()).toEqual([order[0], order[3]].toSorted())

    const first = claims.find(({ submission: { id } }) => id === order[0]) ?? expect.fail()
    await store.submissions.finish(first.submission.id, first.fence, outcome())
    const second = await claimNow()
    expect(second?.submission.id).toBe(order[1])
    expect(await claimNow()).toBeNull()
    // A worker that died holds its learner up no longer than its lease.
    const later = await store.submissions.claim(noon + 9 + leaseMs + 1, leaseMs, ['b', 'c'])
    expect(later?.submission.id).toBe(order[1])
  })

  test('a lease that ran out is claimed under a higher number, and the old one writes nothing', async () => {
    const { store, learnerId } = await storeWithLearner(dialect)
    const { submission } = await submit(store, learnerId)
    const { id } = submission
    const old = (await store.submissions.claim(noon, leaseMs, null)) ?? expect.fail()
    expect(await store.submissions.claim(noon + leaseMs, leaseMs, null)).toBeNull()
    const later = noon + leaseMs + 1
    const taken = (await store.submissions.claim(later, leaseMs, null)) ?? expect.fail()
    expect(taken.fence).toBeGreaterThan(old.fence)
    expect(taken.submission).toMatchObject({ id, attempts: 2, startedAt: noon })

    const picture = async () => JSON.stringify([await store.submissions.get(id), await store.submissions.events(id, 0)])
    const before = await picture()
    const rating = {
      input: reviewInput(learnerId, 'exercise:a', { submissionId: id }),
      fresh: fresh('exercise:a'),
      apply,
    }
    const writes = [
      () => store.submissions.heartbeat(id, old.fence, later + 99),
      () => store.submissions.appendEvents(id, old.fence, [], 'running'),
      () => store.submissions.finish(id, old.fence, outcome(), rating),
      () => store.submissions.retry(id, old.fence, later, 'log'),
      () => store.submissions.giveBack(id, old.fence, later),
      () => store.submissions.bury(id, old.fence, 'log', later),
      () => store.submissions.cancelled(id, old.fence, later),
      () => store.submissions.appendEvents(id, old.fence, [{ type: 'running' }]),
    ]
    for (const write of writes) await expect(write()).rejects.toMatchObject({ code: 'lease-lost' })
    expect(await picture()).toBe(before)
    expect(await store.counts()).toEqual({ reviews: 0, submissions: 1 })
    await store.submissions.finish(id, taken.fence, outcome())
  })

  test('only what a worker can grade is claimed, and not before its time', async () => {
    const { store, learnerId } = await storeWithLearner(dialect)
    await submit(store, learnerId)
    expect(await store.submissions.claim(noon, leaseMs, [])).toBeNull()
    expect(await store.submissions.claim(noon, leaseMs, ['b'])).toBeNull()
    const claim = (await store.submissions.claim(noon, leaseMs, ['b', 'a'])) ?? expect.fail()
    await store.submissions.retry(claim.submission.id, claim.fence, noon + 5000, { incident: 'an engine died' })
    expect(await store.submissions.get(claim.submission.id)).toMatchObject({ status: 'queued', verdict: null })
    expect(await store.submissions.claim(noon + 4999, leaseMs, null)).toBeNull()
    const again = (await store.submissions.claim(noon + 5000, leaseMs, null)) ?? expect.fail()
    await store.submissions.bury(again.submission.id, again.fence, { incident: 'again' }, noon + 6000)
    expect(await store.submissions.get(claim.submission.id)).toMatchObject({
      status: 'dead',
      verdict: 'internal-error',
      attempts: 2,
    })
  })

  test('a worker that ends gives its job back, and no attempt is used up', async () => {
    const { store, learnerId } = await storeWithLearner(dialect)
    const { id } = (await submit(store, learnerId)).submission
    const { fence } = (await store.submissions.claim(noon, leaseMs, null)) ?? expect.fail()
    await store.submissions.giveBack(id, fence, noon + 5)
    expect(await store.submissions.get(id)).toMatchObject({ status: 'queued', attempts: 0, notBefore: noon + 5 })
    const again = (await store.submissions.claim(noon + 5, leaseMs, null)) ?? expect.fail()
    expect(again.submission.attempts).toBe(1)
    expect(again.fence).toBeGreaterThan(fence)
  })

  test('a dead letter is listed until it is taken up again, which gives it one verdict', async () => {
    const { store, learnerId } = await storeWithLearner(dialect)
    const { submissions } = store
    const { id } = (await submit(store, learnerId)).submission
    expect(await submissions.requeue(id, noon)).toBeNull()
    const { fence } = (await submissions.claim(noon, leaseMs, null)) ?? expect.fail()
    await submissions.bury(id, fence, { incident: 'no disk' }, noon + 1)
    expect((await submissions.dead()).map((row) => [row.id, row.operatorLog])).toEqual([[id, { incident: 'no disk' }]])

    const twice = await Promise.all([submissions.requeue(id, noon + 2), submissions.requeue(id, noon + 2)])
    expect(twice.filter((row) => row !== null)).toHaveLength(1)
    expect(await submissions.get(id)).toMatchObject({ status: 'queued', verdict: null, attempts: 0, finishedAt: null })
    expect(await submissions.dead()).toEqual([])
    const again = (await submissions.claim(noon + 2, leaseMs, null)) ?? expect.fail()
    await expect(submissions.finish(id, fence, outcome())).rejects.toMatchObject({ code: 'lease-lost' })
    expect(await submissions.finish(id, again.fence, outcome())).toMatchObject({ status: 'done', verdict: 'accepted' })
    expect(await submissions.requeue(id, noon + 3)).toBeNull()
  })

  test('the pace is the number of verdicts since an instant, of all learners', async () => {
    const { store, learnerId, place } = await storeWithLearner(dialect)
    for (const learner of [learnerId, await addLearner(place, 'other')]) {
      const { id } = (await submit(store, learner)).submission
      const { fence } = (await store.submissions.claim(noon, leaseMs, null)) ?? expect.fail()
      await store.submissions.finish(id, fence, outcome())
    }
    expect(await store.submissions.finishedSince(outcome().finishedAt)).toBe(2)
    expect(await store.submissions.finishedSince(outcome().finishedAt + 1)).toBe(0)
  })

  test('a new one takes the place of one that waits for the same exercise, and of no other', async () => {
    const { store, learnerId } = await storeWithLearner(dialect)
    const other = await submit(store, learnerId, 'b')
    const running = await submit(store, learnerId, 'a')
    await store.submissions.claim(noon, leaseMs, ['a'])
    const waiting = await submit(store, learnerId, 'a', { createdAt: noon + 1 })
    const newest = await submit(store, learnerId, 'a', { createdAt: noon + 2 })
    const statusOf = async ({ submission }: typeof newest) => (await store.submissions.get(submission.id))?.status
    expect(await Promise.all([other, running, waiting, newest].map(statusOf))).toEqual([
      'queued',
      'preparing',
      'superseded',
      'queued',
    ])
    expect(await store.submissions.get(waiting.submission.id)).toMatchObject({ verdict: null, finishedAt: noon + 2 })
  })

  test('cancel: at once while it waits, by its worker while it runs, never once it is final', async () => {
    const { store, learnerId } = await storeWithLearner(dialect)
    const { submissions } = store
    const waiting = (await submit(store, learnerId)).submission.id
    expect(await submissions.cancel(waiting, learnerId, noon + 1)).toMatchObject({
      status: 'cancelled',
      verdict: null,
      finishedAt: noon + 1,
    })

    const running = (await submit(store, learnerId)).submission.id
    const { fence } = (await submissions.claim(noon, leaseMs, null)) ?? expect.fail()
    expect(await submissions.cancel(running, learnerId, noon + 1)).toMatchObject({ status: 'preparing' })
    expect(await submissions.heartbeat(running, fence, noon + leaseMs)).toEqual({ cancelled: true })
    await submissions.cancelled(running, fence, noon + 2)
    expect(await submissions.get(running)).toMatchObject({ status: 'cancelled', finishedAt: noon + 2 })
    expect(await submissions.cancel(running, learnerId, noon + 3)).toMatchObject({ finishedAt: noon + 2 })
    await expect(submissions.cancel(running, 'somebody', noon + 3)).rejects.toMatchObject({ code: 'not-found' })
  })

  test('a cancelled job whose worker died, or that would be tried again, ends as cancelled', async () => {
    const { store, learnerId } = await storeWithLearner(dialect)
    const { submissions } = store
    const orphan = (await submit(store, learnerId)).submission.id
    await submissions.claim(noon, leaseMs, null)
    await submissions.cancel(orphan, learnerId, noon + 1)
    expect(await submissions.claim(noon + leaseMs + 1, leaseMs, null)).toBeNull()
    expect(await submissions.get(orphan)).toMatchObject({ status: 'cancelled' })

    const broken = (await submit(store, learnerId)).submission.id
    const { fence } = (await submissions.claim(noon, leaseMs, null)) ?? expect.fail()
    await submissions.cancel(broken, learnerId, noon + 1)
    await submissions.retry(broken, fence, noon + 9, null)
    expect(await submissions.get(broken)).toMatchObject({ status: 'cancelled' })
  })

  test('an acceptance and its rating are written together or not at all', async () => {
    const { store, learnerId } = await storeWithLearner(dialect)
    const { id } = (await submit(store, learnerId)).submission
    const { fence } = (await store.submissions.claim(noon, leaseMs, null)) ?? expect.fail()
    const input = reviewInput(learnerId, 'exercise:a', { origin: 'grading', submissionId: id, version: null })
    const fails = () => {
      throw new Error('power cut')
    }
    const withRating = (rule: typeof apply) =>
      store.submissions.finish(id, fence, outcome(), { input, fresh: fresh('exercise:a'), apply: rule })
    await expect(withRating(fails)).rejects.toThrow('power cut')
    expect(await store.submissions.get(id)).toMatchObject({ status: 'preparing', verdict: null })
    await withRating(apply)
    expect(await store.submissions.get(id)).toMatchObject({ status: 'done', verdict: 'accepted' })
    expect(await store.reviews.bySubmission(id)).toMatchObject({ id: input.id, origin: 'grading' })
    await store.reviews.undo(learnerId)
    expect(await store.reviews.bySubmission(id)).toMatchObject({ id: input.id, undone: true })
  })

  test('events have consecutive numbers, also when they come at once, and are read from any of them on', async () => {
    const { store, learnerId } = await storeWithLearner(dialect)
    const { id } = (await submit(store, learnerId)).submission
    const { fence } = (await store.submissions.claim(noon, leaseMs, null)) ?? expect.fail()
    await Promise.all(
      Array.from({ length: 12 }, (_, name) =>
        store.submissions.appendEvents(id, fence, [{ type: 'test-ended', name }]),
      ),
    )
    const events = await store.submissions.events(id, 0)
    expect(events.map((event) => event.seq)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])
    expect(await store.submissions.events(id, 10)).toEqual(events.slice(10))
    expect(events[0]?.data).toMatchObject({ type: 'test-ended' })
  })

  test('the last events are written with the verdict, or neither is', async () => {
    const { store, learnerId } = await storeWithLearner(dialect)
    const { id } = (await submit(store, learnerId)).submission
    const { fence } = (await store.submissions.claim(noon, leaseMs, null)) ?? expect.fail()
    await store.submissions.appendEvents(id, fence, [{ name: 1 }, { name: 2 }], 'running')
    expect(await store.submissions.get(id)).toMatchObject({ status: 'running' })
    const last = [{ name: 3 }, { name: 4 }]
    await expect(store.submissions.finish(id, fence - 1, outcome(), undefined, last)).rejects.toMatchObject({
      code: 'lease-lost',
    })
    expect(await store.submissions.events(id, 0)).toHaveLength(2)
    await store.submissions.finish(id, fence, outcome(), undefined, last)
    const names = (await store.submissions.events(id, 0)).map(({ seq, data }) => [seq, data])
    expect(names).toEqual([1, 2, 3, 4].map((name) => [name, { name }]))
  })

  test('attempts, tried and solved count verdicts on the submission and nothing of ours', async () => {
    const { store, learnerId } = await storeWithLearner(dialect)
    const grade = async (exerciseId: string, verdict: 'accepted' | 'wrong-answer', createdAt: number) => {
      const { id } = (await submit(store, learnerId, exerciseId, { createdAt })).submission
      const { fence } = (await store.submissions.claim(createdAt, leaseMs, [exerciseId])) ?? expect.fail()
      await store.submissions.finish(id, fence, outcome(verdict))
      return id
    }
    await grade('a', 'wrong-answer', noon - 10)
    const since = [await grade('a', 'wrong-answer', noon), await grade('a', 'accepted', noon + 1)]
    await grade('b', 'wrong-answer', noon)
    await submit(store, learnerId, 'c')
    expect((await store.submissions.attemptsSince(learnerId, 'a', noon)).map((row) => row.id)).toEqual(since)
    expect(await store.submissions.tried(learnerId)).toEqual(new Set(['a', 'b']))
    expect(await store.submissions.solved(learnerId)).toEqual(new Set(['a']))
  })
})
