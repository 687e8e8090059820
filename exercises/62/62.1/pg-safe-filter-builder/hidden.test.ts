import { random, rejects, submission, use } from 'drillbase/kit'
import { expect, test } from 'vitest'
import { columnsFor, quoted, schemaFor } from './fixture.ts'

const columns = columnsFor(random.name())
const db = use.postgres({ schema: schemaFor(columns) })

type Row = { id: number; name: string | null; discount: number | null; qty: number | null }
type Field = 'title' | 'off' | 'stock'
type Filter = { field: string; op: string; value?: unknown }
type Query = { filters?: Filter[]; sort?: { field: string; dir: string }[]; limit: unknown; offset?: unknown }

/** Public names differ from the columns', so that nobody gets by without looking them up. */
const fields: Record<Field, string> = { title: columns.name, off: columns.discount, stock: columns.qty }

const search = (query: Query) => submission.call<number[]>('search', db.cfg, fields, query)
const repeat = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index))

/** Returns the rows with their ids, in order. */
async function add(rows: Partial<Omit<Row, 'id'>>[]): Promise<Row[]> {
  const [name, discount, qty] = [columns.name, columns.discount, columns.qty].map(quoted)
  const { rows: added } = await db.inspect.query(
    `insert into public.items (${name}, ${discount}, ${qty})
     select name, discount, qty from jsonb_to_recordset($1) as row(name text, discount int, qty int)
     returning id, ${name} as name, ${discount} as discount, ${qty} as qty`,
    [JSON.stringify(rows)],
  )
  return added
}

async function count(): Promise<number> {
  const { rows } = await db.inspect.query('select count(*)::int as count from public.items')
  return rows[0].count
}

const fieldOf = (row: Row, field: string) => ({ title: row.name, off: row.discount, stock: row.qty })[field as Field]

function fulfils(row: Row, { field, op, value }: Filter): boolean {
  const actual = fieldOf(row, field)
  if (op === 'isNull') return (actual === null) === value
  if (op === 'ne') return actual !== value
  if (actual === null) return false
  if (op === 'eq') return actual === value
  if (op === 'lt') return (actual as number) < (value as number)
  if (op === 'gte') return (actual as number) >= (value as number)
  if (op === 'in') return (value as unknown[]).includes(actual)
  return String(actual).toLowerCase().includes(String(value).toLowerCase())
}

/** What the query should give: nulls last, whatever the direction, and the id between equals. */
function model(rows: Row[], { filters = [], sort = [], limit, offset = 0 }: Query): number[] {
  const found = rows.filter((row) => filters.every((filter) => fulfils(row, filter)))
  found.sort((one, other) => {
    for (const { field, dir } of sort) {
      const [a, b] = [fieldOf(one, field), fieldOf(other, field)]
      if (a === b) continue
      if (a === null) return 1
      if (b === null) return -1
      return a < b === (dir === 'asc') ? -1 : 1
    }
    return one.id - other.id
  })
  return found.slice(offset as number, (offset as number) + (limit as number)).map((row) => row.id)
}

const word = () => random.pick(['Lamp', 'lamp shade', 'Desk', 'desk LAMP', 'chair', 'Sofa'])

test('filters_sorts_and_pages_match_a_model', async () => {
  const rows = await add(
    repeat(80, () => ({
      name: random.int(0, 6) === 0 ? null : word(),
      discount: random.int(0, 6) === 0 ? null : random.int(0, 5),
      qty: random.int(0, 40),
    })),
  )
  const oneOf = (field: Field): Filter =>
    field === 'title'
      ? random.pick([
          { field, op: 'contains', value: random.pick(['LAMP', 'es', 'a']) },
          { field, op: 'eq', value: word() },
          { field, op: 'ne', value: word() },
          { field, op: 'in', value: [word(), word()] },
          { field, op: 'isNull', value: random.pick([true, false]) },
        ])
      : random.pick([
          { field, op: 'lt', value: random.int(1, 40) },
          { field, op: 'gte', value: random.int(0, 20) },
          { field, op: 'eq', value: random.int(0, 5) },
          { field, op: 'ne', value: random.int(0, 5) },
          { field, op: 'in', value: repeat(random.int(1, 20), () => random.int(0, 40)) },
          { field, op: 'isNull', value: random.pick([true, false]) },
        ])
  const fixed: Query[] = [
    { limit: 1_000 },
    { filters: [], sort: [], limit: random.int(1, 20), offset: random.int(0, 70) },
    {
      filters: [
        { field: 'stock', op: 'gte', value: 10 },
        { field: 'stock', op: 'lt', value: 30 },
        { field: 'title', op: 'contains', value: 'lamp' },
      ],
      sort: [
        { field: 'off', dir: 'desc' },
        { field: 'stock', dir: 'asc' },
      ],
      limit: 10,
    },
  ]
  const drawn = repeat(20, (): Query => {
    const names = random.shuffle<Field>(['title', 'off', 'stock'])
    return {
      filters: names.slice(0, random.int(0, 2)).map(oneOf),
      sort: names.slice(random.int(0, 3)).map((field) => ({ field, dir: random.pick(['asc', 'desc']) })),
      limit: random.int(1, 40),
      offset: random.int(0, 10),
    }
  })
  for (const query of [...fixed, ...drawn]) expect(await search(query)).toEqual(model(rows, query))
})

test('like_wildcards_are_literal', async () => {
  const mark = random.name()
  const names = ['50% OFF_', '50 off ', '50x offy', 'a\\b', 'a\\%b', '%', '_', 'ab'].map(
    (name) => `${mark}${name}${mark}`,
  )
  const rows = await add(random.shuffle(names).map((name) => ({ name })))
  for (const value of ['0% off_', '\\', '\\%', '%', '_', `%${mark}`, '%%', `${mark}_${mark}`]) {
    const query = { filters: [{ field: 'title', op: 'contains', value }], limit: 20 }
    expect(await search(query)).toEqual(model(rows, query))
  }
})

test('not_equal_keeps_nulls', async () => {
  const [value, other] = [random.name(), random.name()]
  const rows = await add([{ name: null, qty: 1 }, { name: other }, { name: value, qty: 2 }, { qty: null }])
  expect(await search({ filters: [{ field: 'title', op: 'ne', value }], limit: 9 })).toEqual(
    rows.filter((row) => row.name !== value).map((row) => row.id),
  )
  expect(await search({ filters: [{ field: 'stock', op: 'ne', value: 1 }], limit: 9 })).toEqual(
    rows.slice(1).map((row) => row.id),
  )
})

test('empty_and_huge_in_lists', async () => {
  const rows = await add(repeat(12, (index) => ({ name: `k${index * 7_000}`, qty: index })))
  const within = (field: Field, value: unknown[]): Query => ({ filters: [{ field, op: 'in', value }], limit: 50 })
  expect(await search(within('title', []))).toEqual([])
  expect(await search(within('stock', []))).toEqual([])
  expect(await search(within('stock', [random.int(100, 200)]))).toEqual([])

  // More than the protocol has room for parameters, and the one that counts stands at either end.
  const many = repeat(70_000, (index) => `k${index}`)
  expect(await search(within('title', many))).toEqual(rows.slice(0, 10).map((row) => row.id))
})

test('columns_with_percent_and_quote', async () => {
  const rows = await add(repeat(10, (index) => ({ name: `n${index}`, discount: index % 4, qty: index })))
  const query = {
    filters: [
      { field: 'off', op: 'gte', value: random.int(1, 3) },
      { field: 'title', op: 'ne', value: 'n3' },
    ],
    sort: [
      { field: 'off', dir: 'desc' },
      { field: 'title', dir: 'desc' },
    ],
    limit: 9,
  }
  expect(await search(query)).toEqual(model(rows, query))
  // Without a single value from outside.
  expect(await search({ sort: [{ field: 'off', dir: 'asc' }], limit: 1 })).toEqual([rows[0]?.id])
})

test('hostile_names_are_refused', async () => {
  await add(repeat(3, () => ({ name: random.name() })))
  const badFields = ['id; drop table items', `${columns.qty}`, 'constructor', '__proto__', 'toString', '', 'id']
  for (const field of badFields) {
    await rejects(search({ filters: [{ field, op: 'eq', value: 1 }], limit: 1 }), 'BAD_FIELD')
    await rejects(search({ sort: [{ field, dir: 'asc' }], limit: 1 }), 'BAD_FIELD')
  }
  for (const op of ['= 1 or 1=1 --', 'constructor', 'toString', 'EQ', ''])
    await rejects(search({ filters: [{ field: 'stock', op, value: 1 }], limit: 1 }), 'BAD_OP')
  for (const dir of ['asc; delete from items', 'desc, (select 1)', 'constructor', ''])
    await rejects(search({ sort: [{ field: 'stock', dir }], limit: 1 }), 'BAD_SORT')
  expect(await count()).toBe(3)
})

test('bad_pages_are_refused', async () => {
  await add(repeat(3, () => ({ name: random.name() })))
  for (const limit of ['1; drop table items', '1', 0, -1, 1.5, 1_001, true, null])
    await rejects(search({ limit }), 'BAD_PAGE')
  for (const offset of ['0; drop table items', '0', -1, 0.5, true])
    await rejects(search({ limit: 1, offset }), 'BAD_PAGE')
  expect(await search({ limit: 1_000, offset: 3 })).toEqual([])
})

test('hostile_values_are_data', async () => {
  const values = [`' or 1=1; --`, '%s%(x)s', `$1 $2`, `\\'; delete from items; --`, `"`, random.text(), random.text(40)]
  const rows = await add(random.shuffle([...values, 'plain']).map((name) => ({ name })))
  for (const value of values) {
    const own = rows.filter((row) => row.name === value).map((row) => row.id)
    expect(await search({ filters: [{ field: 'title', op: 'eq', value }], limit: 9 })).toEqual(own)
    expect(await search({ filters: [{ field: 'title', op: 'in', value: [value, random.name()] }], limit: 9 })).toEqual(
      own,
    )
    const query = { filters: [{ field: 'title', op: 'contains', value }], limit: 9 }
    expect(await search(query)).toEqual(model(rows, query))
  }
  expect(await count()).toBe(values.length + 1)
})

test('ties_broken_by_id_across_pages', async () => {
  const rows = await add(repeat(60, () => ({ name: 'same', qty: 1 })))
  // Written anew in another order, so that rows do not lie in the order of their ids.
  for (const row of random.shuffle(rows).slice(0, 20))
    await db.inspect.query(`update public.items set ${quoted(columns.discount)} = 1 where id = $1`, [row.id])
  const size = random.int(6, 9)
  const seen: number[] = []
  for (let offset = 0; offset < 60; offset += size)
    seen.push(...(await search({ sort: [{ field: 'stock', dir: 'desc' }], limit: size, offset })))
  expect(seen).toEqual(rows.map((row) => row.id))
})

test('nulls_come_last_in_both_directions', async () => {
  const rows = await add(random.shuffle([3, 1, null, 2, null].map((qty) => ({ qty }))))
  for (const dir of ['asc', 'desc']) {
    const query = { sort: [{ field: 'stock', dir }], limit: 9 }
    expect(await search(query)).toEqual(model(rows, query))
  }
})

test('searches_at_once_do_not_mix', async () => {
  const rows = await add(repeat(40, (index) => ({ name: `n${index}`, qty: index })))
  const answers = await Promise.all(
    rows.map((row) =>
      search({
        filters: [
          { field: 'stock', op: 'eq', value: row.qty },
          { field: 'title', op: 'eq', value: row.name },
        ],
        limit: 2,
      }),
    ),
  )
  expect(answers).toEqual(rows.map((row) => [row.id]))
})

test('page_does_not_transfer_the_table', async () => {
  const rows = await add(repeat(3_000, (index) => ({ name: `item number ${index}`, qty: index })))
  await search({ limit: 1 })
  const before = db.proxy.bytesDown
  const ids = await search({ sort: [{ field: 'stock', dir: 'desc' }], limit: 5, offset: 1_000 })
  expect(ids).toEqual(
    rows
      .slice(1_995, 2_000)
      .map((row) => row.id)
      .reverse(),
  )
  expect(db.proxy.bytesDown - before).toBeLessThan(4_000)
})
