import { show, submission, until, use } from 'drillbase/kit'
import { test } from 'vitest'

type Worker = { stop(): Promise<void> }
type Entry = { fields: Record<string, string>; deliveries: number }

const redis = use.redis()
const add = (job: string) => redis.inspect.xadd(redis.key('jobs'), '*', 'job', job)
const options = { stream: 'jobs', group: 'mail', consumer: 'w1', idleMs: 150, maxDeliveries: 2, dlq: 'dead' }

test('sample', async () => {
  const seen: string[] = []
  const handler = async ({ fields, deliveries }: Entry) => {
    seen.push(`${fields.job}, delivery ${deliveries}`)
    if (fields.job === 'no address') throw new Error('this one never works')
  }
  /** What the handler has seen by the time it has seen so much, or by the time nothing more comes. */
  const after = async (count: number) => {
    await until(() => seen.length >= count, 1_500).catch(() => {})
    return seen.splice(0)
  }

  for (const job of ['to Ann', 'no address', 'to Bob']) await add(job)
  const start = submission.call<Worker>('startWorker', redis.cfg, options, handler)
  await show(
    'a worker starts on three jobs',
    start.then(() => 'at work'),
  )
  const worker = await start.catch(() => null)
  if (!worker) return
  await show('the handler saw, one of them twice', after(4))
  await add('to Cleo')
  await show('and a job that came later', after(1))
  const letters = async () => {
    await until(() => redis.inspect.xlen(redis.key('dead')), 1_500).catch(() => {})
    const entries = await redis.inspect.xrange(redis.key('dead'), '-', '+')
    return entries.map(([, fields]) => fields)
  }
  await show('dead letters', letters())
  await show('stop', worker.stop())
})
