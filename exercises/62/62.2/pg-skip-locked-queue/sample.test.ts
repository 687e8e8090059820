import { show, submission, use } from 'drillbase/kit'
import { test } from 'vitest'
import { schema } from './fixture.ts'

const db = use.postgres({
  schema,
  seed: (inspect) =>
    inspect.query(`
      insert into public.jobs (payload, priority, run_at) values
        ('{"mail": "ann"}', 0, now()),
        ('{"mail": "bob"}', 0, now()),
        ('{"invoice": 7}', 5, now()),
        ('{"report": "yearly"}', 9, now() + interval '1 day')`),
})

type Job = { id: number; token: string }
const claim = (worker: string, n: number) => submission.call<Job[]>('claim', db.cfg, worker, n, 60_000)

test('sample', async () => {
  const first = claim('worker-1', 2)
  await show('worker-1 claims two: the urgent one first, not the one for tomorrow', first)
  const [job] = await first.catch((): Job[] => [])
  const { id, token } = job ?? { id: 3, token: '00000000-0000-0000-0000-000000000000' }
  await show('worker-2 claims two and gets what is left', claim('worker-2', 2))
  await show('worker-1 asks for more time', submission.call('extend', db.cfg, id, token, 120_000))
  await show('worker-1 completes its first job', submission.call('complete', db.cfg, id, token))
  await show('and once more', submission.call('complete', db.cfg, id, token))
  await show('worker-2 finds nothing', claim('worker-2', 2))
})
