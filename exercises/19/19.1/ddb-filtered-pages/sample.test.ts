import { BatchWriteCommand } from '@aws-sdk/lib-dynamodb'
import { show, submission, use } from 'drillbase/kit'
import { test } from 'vitest'
import { type Event, type Page, tables } from './fixture.ts'

const messages = ['ok', 'hot', 'ok', 'ok', 'dry', 'ok', 'jam', 'ok', 'ok', 'leak', 'ok', 'off']
const pump: Event[] = messages.map((msg, index) => ({
  device: 'pump',
  at: 101 + index,
  level: msg === 'ok' ? 'INFO' : 'ERROR',
  msg,
}))
const lift: Event[] = [{ device: 'lift', at: 104, level: 'INFO', msg: 'ok' }]
const log = use.dynamodb({
  tables,
  seed: (doc) =>
    doc.send(
      new BatchWriteCommand({ RequestItems: { events: [...pump, ...lift].map((Item) => ({ PutRequest: { Item } })) } }),
    ),
})
const list = (device: string, cursor: string | null = null) =>
  submission.call<Page>('listErrors', log.cfg, device, { limit: 2, cursor })

/** The cursor of a page; null where there is none, or no page. */
const after = (page: Promise<Page>) =>
  page.then(
    ({ next }) => next,
    () => null,
  )

test('sample', async () => {
  const first = list('pump')
  await show('errors of the pump, two a page', first)
  const second = list('pump', await after(first))
  await show('the page after it', second)
  await show('the last page', list('pump', await after(second)))
  await show('a device without errors', list('lift'))
  await show("the pump's cursor, shown for the lift", list('lift', await after(first)))
  await show('a cursor that somebody made up', list('pump', 'page-2'))
})
