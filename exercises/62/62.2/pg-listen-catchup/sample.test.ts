import { setTimeout as pause } from 'node:timers/promises'
import { show, submission, use } from 'drillbase/kit'
import { test } from 'vitest'
import { type Consumer, type Event, schema } from './fixture.ts'

const db = use.postgres({ schema })
const insert = (...payloads: string[]) =>
  db.inspect.query('insert into public.events (payload) select unnest($1::text[])', [payloads])

test('sample', async () => {
  await insert('one', 'two', 'three')
  const seen: Event[] = []
  const consumer = submission.call<Consumer>('startConsumer', db.cfg, 1, async (event: Event) => {
    seen.push(event)
  })
  const started = consumer.then(() => 'started')
  await show('a consumer starts after event 1', started)
  await pause(200)
  await show('what it was handed', [...seen])
  await insert('four', 'five')
  await pause(200)
  await show('after two more events', [...seen])
  const stopped = consumer.then((one) => one.stop())
  await show('stop', stopped)
  await insert('six')
  await pause(100)
  await show('after another event', [...seen])
})
