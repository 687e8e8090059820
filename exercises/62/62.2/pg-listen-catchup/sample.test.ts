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
  await show(
    'a consumer starts after event 1',
    consumer.then(() => 'started'),
  )
  await pause(300)
  await show('what it was handed', seen)
  await insert('four', 'five')
  await pause(300)
  await show('after two more events', seen)
  await show(
    'stop',
    consumer.then((one) => one.stop()),
  )
  await insert('six')
  await pause(100)
  await show('after another event', seen)
})
