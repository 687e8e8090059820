import { show, submission, use } from 'drillbase/kit'
import { test } from 'vitest'
import { type Columns, quoted, schemaFor } from './fixture.ts'

const columns: Columns = { name: 'the "name"', discount: 'off %', qty: 'Qty' }
const db = use.postgres({
  schema: schemaFor(columns),
  seed: (inspect) =>
    inspect.query(`
      insert into public.items (${quoted(columns.name)}, ${quoted(columns.discount)}, ${quoted(columns.qty)}) values
        ('Lamp', 10, 5), ('Desk lamp', null, 0), ('100% wool rug', 20, 5), ('Chair', 20, 12), (null, 0, 1)`),
})

const search = (query: object) =>
  submission.call('search', db.cfg, { title: columns.name, off: columns.discount, stock: columns.qty }, query)

test('sample', async () => {
  await show('everything', search({ limit: 10 }))
  const lamps = [{ field: 'title', op: 'contains', value: 'LAMP' }]
  await show('lamps, in upper or lower case', search({ filters: lamps, limit: 10 }))
  await show(
    'names with a percent sign',
    search({ filters: [{ field: 'title', op: 'contains', value: '%' }], limit: 10 }),
  )
  await show('not "Chair"', search({ filters: [{ field: 'title', op: 'ne', value: 'Chair' }], limit: 10 }))
  await show('in an empty list', search({ filters: [{ field: 'stock', op: 'in', value: [] }], limit: 10 }))
  await show('largest discount first, nulls last', search({ sort: [{ field: 'off', dir: 'desc' }], limit: 10 }))
  await show('the second page of two', search({ sort: [{ field: 'stock', dir: 'asc' }], limit: 2, offset: 2 }))
  await show('a field that is not on the list', search({ filters: [{ field: 'id', op: 'eq', value: 1 }], limit: 10 }))
})
