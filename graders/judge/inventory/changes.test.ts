import { expect, test } from 'vitest'
import type { Inventory, InventoryTable } from '../../sample.ts'
import { withChanges } from './changes.ts'

const column = (name: string) => ({ name, type: null, isKey: false })
const table = (rows: InventoryTable['rows'], more: Partial<InventoryTable> = {}): InventoryTable => ({
  name: 't',
  count: rows.length,
  countIsLeast: false,
  columns: [column('key'), column('TTL'), column('value')],
  moreColumns: 0,
  rows,
  changed: [],
  notes: [],
  ...more,
})
const engine = (...tables: InventoryTable[]): Inventory => ({ kind: 'redis', tables, moreTables: 0, notes: [] })
const changedIn = (before: Inventory | undefined, now: Inventory) => withChanges(before, now).tables[0]?.changed

test('new and changed rows are marked, a time to live that runs down is not', () => {
  const before = engine(
    table([
      ['a', '9 s', '1'],
      ['b', null, '1'],
    ]),
  )
  const now = engine(
    table([
      ['a', '8 s', '1'],
      ['b', null, '2'],
      ['c', null, null],
    ]),
  )
  expect(changedIn(before, now)).toEqual([1, 2])
})

test('every row of a new table is new', () => {
  expect(changedIn(engine(), engine(table([['a', null, '1']])))).toEqual([0])
})

test('nothing is marked where not all was read', () => {
  const now = engine(table([['a', null, '1']]))
  expect(changedIn(undefined, now)).toEqual([])
  expect(changedIn(engine(table([['b', null, '1']], { count: 99 })), now)).toEqual([])
  expect(changedIn(engine(), engine(table([['a', null, '1']], { count: 99 })))).toEqual([])
})
