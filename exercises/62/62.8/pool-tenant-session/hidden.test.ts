import { random, rejects, submission, until, use, within } from 'drillbase/kit'
import { expect, test } from 'vitest'
import { type Db, schema } from './fixture.ts'

const db = use.postgres({ schema })

const maxConnections = 3
/** For many works that take turns; generous, because the machine may be busy. */
const patienceMs = 3_000
/** For what takes an honest submission some ten milliseconds. */
const soonMs = 1_500

/** Everything here is over at once, or it waits for a connection that does not come back. */
const withTenant = (tenant: string, work: (db: Db) => Promise<unknown>, deadlineMs = soonMs) =>
  within(submission.call('withTenant', db.cfg, tenant, work), deadlineMs, 'the end of a work')
/** Asserts that a call fails, with whatever error, and does not hang. */
async function fails(tenant: string, work: (db: Db) => Promise<unknown>): Promise<void> {
  const [outcome] = await within(
    Promise.allSettled([submission.call('withTenant', db.cfg, tenant, work)]),
    soonMs,
    'the error of a work',
  )
  expect(outcome.status).toBe('rejected')
}
/** On every connection of the pool, if it has not more than it should. */
const rawCounts = () =>
  within(
    Promise.all(Array.from({ length: maxConnections }, () => submission.call<number>('rawCount', db.cfg))),
    soonMs,
    'an answer on every connection',
  )
const nothing = [0, 0, 0]

const count = async (own: Db) => (await own.query('select count(*)::int as count from docs'))[0]?.count
const insert = (own: Db, tenant: string, body: string) =>
  own.query('insert into docs (tenant, body) values ($1, $2)', [tenant, body])

async function stored(): Promise<{ tenant: string; body: string }[]> {
  const { rows } = await db.inspect.query('select tenant, body from public.docs order by id')
  return rows
}

/** A tenant with so many rows. */
async function tenantWith(rows: number): Promise<string> {
  const tenant = random.name('tenant-')
  await db.inspect.query(
    'insert into public.docs (tenant, body) select $1, i::text from generate_series(1, $2::int) i',
    [tenant, rows],
  )
  return tenant
}

/** Works that are inside at the same moment, as many as the pool has connections. */
async function together(tenants: string[], work: (own: Db) => Promise<unknown>): Promise<unknown[]> {
  let inside = 0
  return Promise.all(
    tenants.map((tenant) =>
      withTenant(tenant, async (own) => {
        inside++
        await until(() => inside === tenants.length, soonMs, 'all of them inside')
        return work(own)
      }),
    ),
  )
}

test('sees_only_its_rows', async () => {
  const [many, few] = [random.int(5, 9), random.int(1, 4)]
  const [one, other] = [await tenantWith(many), await tenantWith(few)]
  expect(await withTenant(one, count)).toBe(many)
  expect(await withTenant(other, count)).toBe(few)
  expect(await withTenant(random.name('nobody-'), count)).toBe(0)

  const body = random.text()
  await withTenant(one, (own) => insert(own, one, body))
  expect((await stored()).at(-1)).toEqual({ tenant: one, body })
  // The policy itself refuses a row of somebody else.
  await fails(one, (own) => insert(own, other, body))
  expect(await withTenant(other, count)).toBe(few)
})

test('work_is_one_transaction', async () => {
  const tenant = await tenantWith(1)
  await withTenant(tenant, async (own) => {
    const transaction = async () => (await own.query('select txid_current()::text as id'))[0]?.id
    const first = await transaction()
    await insert(own, tenant, random.name())
    expect(await transaction()).toBe(first)
    expect(await count(own)).toBe(2)
    // Nobody else sees it before it is over.
    expect(await stored()).toHaveLength(1)
  })
  expect(await stored()).toHaveLength(2)
})

test('setting_does_not_leak_to_next_borrower', async () => {
  const rows = random.int(1, 5)
  const tenant = await tenantWith(rows)
  for (let turns = 0; turns < 3; turns++) {
    expect(await withTenant(tenant, count)).toBe(rows)
    expect(await rawCounts()).toEqual(nothing)
  }
  expect(await together([tenant, tenant, tenant], count)).toEqual([rows, rows, rows])
  expect(await rawCounts()).toEqual(nothing)
})

test('setting_does_not_leak_after_error', async () => {
  const rows = random.int(1, 5)
  const tenant = await tenantWith(rows)
  for (let failures = 0; failures <= maxConnections; failures++) {
    await fails(tenant, (own) => own.query('select 1 / 0 as nothing'))
    expect(await rawCounts()).toEqual(nothing)
    await rejects(
      withTenant(tenant, async () => {
        throw Object.assign(new Error('the work failed'), { code: 'WORK' })
      }),
      'WORK',
    )
    expect(await rawCounts()).toEqual(nothing)
  }
  expect(await withTenant(tenant, count)).toBe(rows)
})

test('interleaved_tenants_do_not_mix', async () => {
  const tenants = [await tenantWith(2), await tenantWith(3), await tenantWith(5)]
  const twice = async (own: Db) => [await count(own), await count(own)]
  for (let rounds = 0; rounds < 3; rounds++)
    expect(await together(tenants, twice)).toEqual([
      [2, 2],
      [3, 3],
      [5, 5],
    ])

  const order = random.shuffle(Array.from({ length: 30 }, (_, index) => index % 3))
  const answers = await Promise.all(order.map((index) => withTenant(tenants[index] as string, twice, patienceMs)))
  expect(answers).toEqual(order.map((index) => [[2, 3, 5][index], [2, 3, 5][index]]))
  expect(db.proxy.maxOpenConnections).toBeLessThanOrEqual(maxConnections)
})

test('hostile_tenant_name', async () => {
  const victim = await tenantWith(3)
  for (const tenant of [
    `x'; set app.tenant = '${victim}'; --`,
    `x', true), set_config('app.tenant', '${victim}', true) --`,
    `$1 ${random.text()}`,
    '%s',
    'default',
  ]) {
    expect(await withTenant(tenant, count)).toBe(0)
    await withTenant(tenant, (own) => insert(own, tenant, 'own'))
    expect((await stored()).at(-1)?.tenant).toBe(tenant)
  }
  expect(await withTenant(victim, count)).toBe(3)
})

test('failure_rolls_everything_back', async () => {
  const tenant = await tenantWith(1)
  const code = random.name('E').toUpperCase()
  const failing = withTenant(tenant, async (own) => {
    await insert(own, tenant, random.name())
    throw Object.assign(new Error('the work failed'), { code })
  })
  await rejects(failing, code)
  expect(await stored()).toHaveLength(1)
  expect(await withTenant(tenant, count)).toBe(1)
})

test('swallowed_error_is_reported', async () => {
  const tenant = await tenantWith(1)
  const careless = withTenant(tenant, async (own) => {
    await insert(own, tenant, random.name())
    await own.query('select 1 / 0 as nothing').catch(() => {})
    return 'all is well'
  })
  await rejects(careless, 'ABORTED')
  expect(await stored()).toHaveLength(1)
  expect(await rawCounts()).toEqual(nothing)
  expect(await withTenant(tenant, count)).toBe(1)
})

test('killed_backend_does_not_poison_the_pool', async () => {
  const tenant = await tenantWith(2)
  // More often than there are connections, in the middle of the work.
  for (let kills = 0; kills <= maxConnections; kills++)
    await fails(tenant, async (own) => {
      const [row] = await own.query('select pg_backend_pid() as pid')
      await db.faults.terminateBackends([row?.pid as number])
      return count(own)
    })
  expect(await together([tenant, tenant, tenant], count)).toEqual([2, 2, 2])

  // And all of them while nobody uses them.
  await db.faults.terminateBackends()
  await until(() => db.proxy.openConnections === 0, soonMs, 'the end of every connection on both sides')
  expect(await withTenant(tenant, count)).toBe(2)
  expect(await rawCounts()).toEqual(nothing)
})

test('every_slot_comes_back', async () => {
  const tenant = await tenantWith(2)
  const outcomes = await Promise.allSettled(
    Array.from({ length: 12 }, (_, index) =>
      withTenant(tenant, async (own) => {
        if (index % 3 === 0) throw new Error('the work failed')
        return count(own)
      }),
    ),
  )
  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(8)
  await until(
    async () => (await db.sessions()).every((session) => session.state === 'idle'),
    soonMs,
    'every session idle',
  )
  expect(await together([tenant, tenant, tenant], count)).toEqual([2, 2, 2])
  expect((await db.sessions()).length).toBeLessThanOrEqual(maxConnections)

  await within(submission.call('close'), soonMs, 'the end of close()')
  await until(async () => (await db.sessions()).length === 0, soonMs, 'the end of every session')
  expect(await withTenant(tenant, count)).toBe(2)
})
