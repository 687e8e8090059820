import { show, submission, use } from 'drillbase/kit'
import { test } from 'vitest'
import { tables } from './fixture.ts'

const db = use.dynamodb({ tables })
const options = { maxAttempts: 4, baseMs: 100, capMs: 300, deadlineMs: 5_000 }

test('sample', async () => {
  let nowMs = 0
  let pauses: number[] = []
  const env = {
    now: async () => nowMs,
    sleep: async (ms: number) => {
      pauses.push(ms)
      nowMs += ms
    },
    random: async () => 0.5,
  }
  const create = async (id: string, change = {}) => {
    pauses = []
    const item = { id: { S: id }, mail: { S: 'ann@example.org' } }
    return submission.call('createOnce', db.cfg, 'jobs', item, { ...options, ...change }, env)
  }
  const throttle = { fail: { type: 'ThrottlingException' } }

  await show('a new job', create('welcome'))
  await show('the same job, by another call', create('welcome'))
  db.proxy.rule((_op, _body, n) => (n <= 3 ? throttle : undefined))
  await show('three throttles, then all is well', create('invoice'))
  await show('its pauses', pauses)
  db.proxy.rule(() => throttle)
  await show('throttles without end, four attempts', create('report'))
  await show('throttles without end, 200 milliseconds', create('report', { deadlineMs: 200 }))
  db.proxy.rule((_op, _body, n) => (n === 1 ? { lost: true } : undefined))
  await show('created, but the reply gets lost', create('digest'))
})
