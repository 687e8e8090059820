import { show, submission, use } from 'drillbase/kit'
import { test } from 'vitest'
import { feedOf, type Row, schema } from './fixture.ts'

const db = use.postgres({
  schema,
  seed: (inspect) => inspect.query(`insert into public.prices values ('tea', 3.50, 5, null), ('salt', 0.80, 5, 'sea')`),
})

const load = (chunks: Row[][]) => submission.call('load', db.cfg, feedOf(chunks))

test('sample', async () => {
  await show(
    'a newer tea, an older salt; then honey',
    load([
      [
        { sku: 'tea', price: '3.75', version: 6n, note: 'green' },
        { sku: 'salt', price: '0.50', version: 4n, note: null },
      ],
      [{ sku: 'honey', price: '7.20', version: 1n, note: '' }],
    ]),
  )
  await show(
    'rice three times in one chunk',
    load([
      [
        { sku: 'rice', price: '1.00', version: 1n, note: null },
        { sku: 'rice', price: '3.00', version: 3n, note: 'the newest' },
        { sku: 'rice', price: '2.00', version: 2n, note: null },
      ],
    ]),
  )
  await show('an empty chunk, then tea', load([[], [{ sku: 'tea', price: '4.00', version: 7n, note: 'a\tb' }]]))
  await show(
    'a feed that breaks off',
    submission.call('load', db.cfg, async () => {
      throw Object.assign(new Error('the feed broke off'), { code: 'FEED' })
    }),
  )
})
