import { show, submission, use } from 'drillbase/kit'
import { test } from 'vitest'
import { type Page, tables } from './fixture.ts'

const feed = use.dynamodb({ tables })
const options = { shards: 3 }
const append = (id: string, at: number, body: string) => submission.call('append', feed.cfg, options, { id, at, body })
const latest = (cursor: string | null = null) =>
  submission.call<Page>('latest', feed.cfg, options, { limit: 2, cursor })

/** The cursor of a page; null where there is none, or no page. */
const after = (page: Promise<Page>) =>
  page.then(
    ({ next }) => next,
    () => null,
  )

test('sample', async () => {
  await show('Ann signs in', append('e1', 900, 'Ann signs in'))
  await show('Bob pays', append('e2', 1_000, 'Bob pays'))
  await show('Cid leaves, in the same millisecond', append('e3', 1_000, 'Cid leaves'))
  await show('Bob pays: the same event again', append('e2', 1_000, 'Bob pays'))
  await append('e4', 1_100, 'Dan signs in').catch(() => {})
  const first = latest()
  await show('the newest two', first)
  await append('e5', 1_200, 'Eve signs in').catch(() => {})
  await show('the page after them, although Eve came meanwhile', latest(await after(first)))
  await show('a cursor that somebody made up', latest('page-2'))
})
