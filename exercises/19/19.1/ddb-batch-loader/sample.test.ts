import { show, submission, use } from 'drillbase/kit'
import { test } from 'vitest'
import { type Item, tables } from './fixture.ts'

const warehouse = use.dynamodb({ tables })
const env = { sleep: async () => {}, maxParallel: 2 }
const load = (items: Item[]) => submission.call('loadAll', warehouse.cfg, 'readings', items, env)

test('sample', async () => {
  await show(
    'three readings',
    load([
      { pk: 'hall', sk: 1, celsius: 20.5 },
      { pk: 'hall', sk: 2, celsius: 21 },
      { pk: 'roof', sk: 1, celsius: -3.5 },
    ]),
  )
  await show(
    'one key twice',
    load([
      { pk: 'cellar', sk: 1, note: 'first' },
      { pk: 'cellar', sk: 1, note: 'last' },
    ]),
  )
  await show(
    'a picture that is too large, between two others',
    load([
      { pk: 'gate', sk: 1, picture: new Uint8Array([1, 2, 3]) },
      { pk: 'gate', sk: 2, picture: new Uint8Array(420_000) },
      { pk: 'gate', sk: 3, picture: null },
    ]),
  )
  await show(
    'an empty key',
    load([
      { pk: 'yard', sk: 1 },
      { pk: '', sk: 2 },
    ]),
  )
  await show('nothing at all', load([]))
})
