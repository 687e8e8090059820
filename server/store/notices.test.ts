import pg from 'pg'
import { expect, onTestFinished, test } from 'vitest'
import type { Change, Store } from './store.ts'
import { fresh, noon, prepare, reviewInput } from './test-data.ts'
import { opened, ownPlace } from './test-store.ts'

const leaseMs = 30_000
const submit = (store: Store, learnerId: string, exerciseId = 'a') =>
  store.submissions.create({
    id: crypto.randomUUID(),
    learnerId,
    exerciseId,
    language: 'python',
    code: 'pass',
    activeMs: null,
    seed: 'seed',
    createdAt: noon,
  })

/** What one process of two hears of the other. The wait for a change ends with the test's own deadline. */
async function listening(store: Store) {
  const heard: Change[] = []
  let ring = () => {}
  onTestFinished(
    store.listen((change) => {
      heard.push(change)
      ring()
    }),
  )
  return {
    async until(wanted: Change): Promise<void> {
      while (!heard.some((change) => JSON.stringify(change) === JSON.stringify(wanted)))
        await new Promise<void>((resolve) => {
          ring = resolve
        })
      this.before = heard.splice(0)
    },
    /** All that was heard until then. */
    before: [] as Change[],
  }
}
const work: Change = { type: 'work' }
const news = (submissionId: string | null): Change => ({ type: 'news', submissionId })

test('a process hears what another one wrote: work to do, a cancellation, events, the end', async () => {
  const place = await ownPlace('postgres')
  const [web, worker] = [await opened(place), await opened(place)]
  const learnerId = await prepare(web)
  const atWork = await listening(worker)
  const atWeb = await listening(web)
  // The first words of each new connection: whatever was announced before is not told again.
  await Promise.all([atWork.until(news(null)), atWeb.until(news(null))])

  const { id } = (await submit(web, learnerId)).submission
  await atWork.until(work)
  const { fence } = (await worker.submissions.claim(noon, leaseMs, null)) ?? expect.fail()
  await worker.submissions.appendEvents(id, fence, [{ type: 'restarted' }])
  await atWeb.until(news(id))
  await web.submissions.cancel(id, learnerId, noon)
  await atWork.until(work)
  await worker.submissions.cancelled(id, fence, noon)
  await atWeb.until(news(id))
})

test('what is rolled back is never announced', async () => {
  const place = await ownPlace('postgres')
  const [web, worker] = [await opened(place), await opened(place)]
  const learnerId = await prepare(web)
  const atWork = await listening(worker)
  await atWork.until(news(null))
  const { id } = (await submit(web, learnerId)).submission
  const { fence } = (await web.submissions.claim(noon, leaseMs, null)) ?? expect.fail()
  const rating = {
    input: reviewInput(learnerId, 'exercise:a', { submissionId: id }),
    fresh: fresh('exercise:a'),
    apply: () => {
      throw new Error('power cut')
    },
  }
  const outcome = { verdict: 'accepted', result: {}, operatorLog: null, suiteHash: 'hash', finishedAt: noon } as const
  await atWork.until(work)
  await expect(web.submissions.finish(id, fence, outcome, rating)).rejects.toThrow('power cut')
  await web.submissions.appendEvents(id, fence, [{}])
  await atWork.until(news(id))
  expect(atWork.before).toEqual([news(id)])
})

test('a connection that breaks is made again, and then everything is looked at', async () => {
  const place = await ownPlace('postgres')
  const store = await opened(place)
  const learnerId = await prepare(store)
  const heard = await listening(store)
  await heard.until(news(null))
  const admin = new pg.Client({ connectionString: place.databaseUrl })
  await admin.connect()
  await admin.query("select pg_terminate_backend(pid) from pg_stat_activity where query = 'listen drillbase'")
  await admin.end()
  await heard.until(news(null))
  const { id } = (await submit(store, learnerId)).submission
  await heard.until(work)
  const { fence } = (await store.submissions.claim(noon, leaseMs, null)) ?? expect.fail()
  await store.submissions.appendEvents(id, fence, [{}])
  await heard.until(news(id))
})
