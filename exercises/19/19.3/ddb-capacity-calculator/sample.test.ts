import { show, submission, use } from 'drillbase/kit'
import { test } from 'vitest'

use.dynamodb()

const text = (length: number) => ({ S: 'x'.repeat(length) })
const table = {
  keys: ['id'],
  indexes: [{ name: 'by-city', keys: ['city'], include: ['name'] }],
}

test('sample', async () => {
  const ann = { id: { S: 'ann' }, name: { S: 'Ann' }, city: { S: 'Köln' } }
  const size = (item: object) => submission.call('itemSize', item)
  const write = (change: object) => submission.call('writeUnits', table, change)
  const read = (request: object) => submission.call('readUnits', request)

  await show('the size of Ann of Köln', size(ann))
  await show('the size of the numbers 12.3 and -1200', size({ a: { N: '12.3' }, b: { N: '-1200' } }))
  await show('Ann is new', write({ item: ann }))
  await show('Ann moves to Bonn', write({ old: ann, item: { ...ann, city: { S: 'Bonn' } } }))
  await show('Ann gets 3,000 bytes of notes', write({ old: ann, item: { ...ann, notes: text(3_000) } }))
  await show(
    'the same in a transaction',
    write({ old: ann, item: { ...ann, notes: text(3_000) }, transactional: true }),
  )
  await show('a query that finds two like Ann', read({ kind: 'query', items: [ann, ann] }))
  await show('a get that finds nothing', read({ kind: 'get', items: [null], consistent: true }))
})
