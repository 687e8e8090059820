import { show, submission, until, use } from 'drillbase/kit'
import { test } from 'vitest'

type View = { version: number; state: Record<string, string> }
type Handle = { stop(): Promise<void> }

const redis = use.redis()
test('sample', async () => {
  let version = 0
  /** One change, as the publishers make it. */
  const publish = async (set: Record<string, string>, del: string[] = []) => {
    version++
    const step = redis.inspect.multi().set(redis.key('ver:beds'), version)
    if (Object.keys(set).length > 0) step.hset(redis.key('state:beds'), set)
    if (del.length > 0) step.hdel(redis.key('state:beds'), ...del)
    await step.publish(redis.key('chan:beds'), JSON.stringify({ version, set, del })).exec()
  }
  const views: View[] = []
  /** What was reported up to a version, or until nothing more comes. */
  const reported = async (upTo: number) => {
    await until(() => (views.at(-1)?.version ?? -1) >= upTo, 1_500).catch(() => {})
    return views.splice(0)
  }

  await publish({ a1: 'free', a2: 'taken' })
  const watching = submission.call<Handle>('watch', redis.cfg, 'beds', async (view: View) => views.push(view))
  await show(
    'somebody watches',
    watching.then(() => 'watching'),
  )
  const handle = await watching.catch(() => null)
  if (!handle) return
  await show('the state as it is', reported(1))
  await publish({ a1: 'taken' })
  await publish({ b7: 'free' }, ['a2'])
  await show('two changes', reported(3))
  await redis.faults.killClients()
  await publish({ b7: 'taken' })
  await show('a change while the connection was lost', reported(4))
  await show('stop', handle.stop())
})
