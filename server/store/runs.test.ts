import { describe, expect, test } from 'vitest'
import type { Store } from './store.ts'
import { noon } from './test-data.ts'
import { dialects, storeWithLearner } from './test-store.ts'

const leaseMs = 30_000
const hourMs = 3_600_000

async function start(store: Store, learnerId: string, createdAt = noon, exerciseId = 'a'): Promise<string> {
  const id = crypto.randomUUID()
  const job = { id, learnerId, exerciseId, language: 'python' as const, code: 'pass', seed: 's', createdAt }
  await store.runs.create(job)
  return id
}
const statusOf = async (store: Store, id: string) => (await store.runs.get(id))?.status
const claimed = async (store: Store, now = noon + 1) => (await store.runs.claim(now, leaseMs, null)) ?? expect.fail()

describe.each(dialects)('runs on %s', (dialect) => {
  test('a run goes from queued to done, and is no submission', async () => {
    const { store, learnerId } = await storeWithLearner(dialect)
    const id = await start(store, learnerId)
    expect(await store.runs.get(id)).toMatchObject({ id, status: 'queued', events: [], result: null, attempts: 0 })

    expect(await store.runs.claim(noon, leaseMs, ['b'])).toBeNull()
    const { run, fence } = await claimed(store)
    expect(run).toMatchObject({ id, status: 'preparing', attempts: 1, startedAt: noon + 1 })
    expect(await store.runs.claim(noon, leaseMs, null)).toBeNull()
    const events = [{ type: 'shown', line: 'é \u0000' }]
    await store.runs.progress(id, fence, 'running', events)
    expect(await store.runs.get(id)).toMatchObject({ status: 'running', events })
    await store.runs.finish(id, fence, { shown: ['x'] }, noon + 9)

    expect(await store.runs.get(id)).toMatchObject({ status: 'done', result: { shown: ['x'] }, finishedAt: noon + 9 })
    await expect(store.runs.finish(id, fence, {}, noon)).rejects.toMatchObject({ code: 'lease-lost' })
    expect(await store.submissions.list(learnerId, { limit: 9 })).toEqual([])
    expect(await store.submissions.tried(learnerId)).toEqual(new Set())
    expect(await store.submissions.attemptsSince(learnerId, 'a', 0)).toEqual([])
    expect((await store.counts()).submissions).toBe(0)
  })

  test('a newer run of the learner takes the place of what waits and of what is under way', async () => {
    const { store, learnerId } = await storeWithLearner(dialect)
    const first = await start(store, learnerId)
    const { fence } = await claimed(store)
    const second = await start(store, learnerId, noon + 2, 'b')
    const third = await start(store, learnerId, noon + 3)
    expect(await Promise.all([first, second].map((id) => statusOf(store, id)))).toEqual(['superseded', 'superseded'])
    await expect(store.runs.heartbeat(first, fence, noon + leaseMs)).rejects.toMatchObject({ code: 'lease-lost' })
    expect((await claimed(store)).run.id).toBe(third)
  })

  test('cancelled at once, waiting or under way; an ended one stays', async () => {
    const { store, learnerId } = await storeWithLearner(dialect)
    const id = await start(store, learnerId)
    const { fence } = await claimed(store)
    await store.runs.cancel(id, noon + 2)
    expect(await store.runs.get(id)).toMatchObject({ status: 'cancelled', finishedAt: noon + 2 })
    await store.runs.giveBack(id, fence, noon + 3)
    expect(await statusOf(store, id)).toBe('cancelled')
    await store.runs.cancel(id, noon + 9)
    expect((await store.runs.get(id))?.finishedAt).toBe(noon + 2)
  })

  test('a lost run is claimed again, and given up in the end', async () => {
    const { store, learnerId } = await storeWithLearner(dialect)
    const id = await start(store, learnerId)
    const { fence } = await claimed(store)
    const again = await claimed(store, noon + leaseMs + 2)
    expect(again).toMatchObject({ run: { id, attempts: 2 } })
    await expect(store.runs.progress(id, fence, 'running', [])).rejects.toMatchObject({ code: 'lease-lost' })
    await store.runs.giveBack(id, again.fence, noon)
    expect(await statusOf(store, id)).toBe('queued')
    const last = await claimed(store)
    await store.runs.giveBack(id, last.fence, noon)
    expect(await statusOf(store, id)).toBe('dead')
  })

  test('old ones are deleted by a new one', async () => {
    const { store, learnerId } = await storeWithLearner(dialect)
    const old = await start(store, learnerId)
    const { fence } = await claimed(store)
    await store.runs.finish(old, fence, {}, noon)
    await start(store, learnerId, noon + hourMs / 2)
    expect(await statusOf(store, old)).toBe('done')
    await start(store, learnerId, noon + 2 * hourMs)
    expect(await store.runs.get(old)).toBeNull()
  })
})
