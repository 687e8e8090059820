import { setTimeout as pause } from 'node:timers/promises'
import { random, rejects, submission, until, use } from 'drillbase/kit'
import { expect, test } from 'vitest'
import type { Db, Gate, Limits } from './fixture.ts'

const db = use.postgres()

/** For what an honest submission lets happen at once; generous, because the machine may be busy. */
const patienceMs = 3_000
/** For what takes it some ten milliseconds. */
const soonMs = 1_500
const longMs = 60_000
const closingMs = 500

const repeat = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index))
const answer = async (lent: Db, value: number) => (await lent.query('select $1::int as value', [value]))[0]?.value

/** A gate of its own, on a server that knows no other session; closed at the end, but not waited for in vain. */
async function withGate(limits: Partial<Limits>, work: (gate: Gate) => Promise<unknown>): Promise<void> {
  await until(() => db.proxy.openConnections === 0, patienceMs, 'the end of all earlier connections')
  db.proxy.reset()
  const gate = await submission.call<Gate>('createGate', db.cfg, {
    total: 4,
    perTenant: 2,
    maxQueue: 100,
    waitMs: longMs,
    ...limits,
  })
  try {
    await work(gate)
  } finally {
    await Promise.race([gate.close().catch(() => {}), pause(closingMs)])
    db.proxy.reset()
    db.proxy.cut()
  }
}

/** A hall in which works stay until the test opens the door; it knows who is inside, and who was. */
function hall() {
  const { promise, resolve: open } = Promise.withResolvers<void>()
  const inside = new Map<string, number>()
  const order: string[] = []
  let [now, most] = [0, 0]
  return {
    open,
    order,
    inside: (tenant: string) => inside.get(tenant) ?? 0,
    now: () => now,
    most: () => most,
    /** A work for `gate.run`. */
    work:
      (tenant: string, name = tenant) =>
      async (lent: Db) => {
        order.push(name)
        inside.set(tenant, (inside.get(tenant) ?? 0) + 1)
        most = Math.max(most, ++now)
        await promise
        const value = random.int(1, 1_000_000)
        expect(await answer(lent, value)).toBe(value)
        inside.set(tenant, (inside.get(tenant) ?? 0) - 1)
        now--
      },
  }
}

test('connections_never_exceed_total', async () => {
  const total = random.int(3, 6)
  await withGate({ total }, async (gate) => {
    const { open, work, now, most } = hall()
    const tenants = repeat(6, () => random.name('t'))
    const runs = repeat(36, (index) => tenants[index % 6] as string).map((tenant) => gate.run(tenant, work(tenant)))
    await until(() => now() >= total, patienceMs, 'a full hall')
    open()
    await Promise.all(runs)
    expect(most()).toBe(total)
    expect(db.proxy.maxOpenConnections).toBe(total)
  })
})

test('one_tenant_never_exceeds_its_share', async () => {
  const perTenant = random.int(2, 3)
  await withGate({ total: 6, perTenant }, async (gate) => {
    const [big, other] = [random.name('big'), random.name('other')]
    const { open, work, inside, now } = hall()
    const bigRuns = repeat(10, () => gate.run(big, work(big)))
    await until(() => inside(big) >= perTenant, patienceMs, 'the share of one tenant')
    // By the time another tenant is inside, the first one would be as well if it could.
    const otherRuns = repeat(perTenant + 2, () => gate.run(other, work(other)))
    await until(() => inside(other) >= perTenant, patienceMs, 'the share of the other')
    expect([inside(big), inside(other), now()]).toEqual([perTenant, perTenant, 2 * perTenant])
    open()
    await Promise.all([...bigRuns, ...otherRuns])
  })
})

test('noisy_tenant_does_not_starve_a_quiet_one', async () => {
  await withGate({ total: 3, perTenant: 2 }, async (gate) => {
    const noisy = random.name('noisy')
    const { open, work, inside } = hall()
    const runs = repeat(40, () => gate.run(noisy, work(noisy)))
    await until(() => inside(noisy) === 2, patienceMs, 'a tenant with its whole share in use')
    // None of the noisy ones leaves before the quiet ones are done.
    const served: string[] = []
    const quiet = repeat(5, (index) =>
      gate.run(random.name('quiet'), (lent) => answer(lent, index)).then(() => served.push('quiet')),
    )
    await until(() => served.length === 5, patienceMs, 'quiet tenants that are served')
    expect(inside(noisy)).toBe(2)
    open()
    await Promise.all([...quiet, ...runs])
  })
})

test('round_robin_when_saturated', async () => {
  await withGate({ total: 1, perTenant: 1 }, async (gate) => {
    const [holder, a, b, c] = repeat(4, () => random.name('t')) as [string, string, string, string]
    const { open, work, inside, order } = hall()
    const runs = [gate.run(holder, work(holder))]
    await until(() => inside(holder) === 1, patienceMs, 'a hall in use')
    const counts: [string, number][] = [
      [a, 4],
      [b, 3],
      [c, 2],
    ]
    for (const [tenant, count] of counts)
      for (let place = 1; place <= count; place++) runs.push(gate.run(tenant, work(tenant, `${tenant} ${place}`)))
    open()
    await Promise.all(runs)
    const turns = [1, 2, 3, 4].flatMap((place) =>
      counts.filter(([, count]) => place <= count).map(([tenant]) => `${tenant} ${place}`),
    )
    expect(order).toEqual([holder, ...turns])
  })
})

test('queue_limit_fails_fast', async () => {
  const maxQueue = random.int(2, 4)
  await withGate({ total: 1, perTenant: 1, maxQueue }, async (gate) => {
    const [full, other] = [random.name('t'), random.name('t')]
    const { open, work, inside } = hall()
    const runs = [gate.run(full, work(full))]
    await until(() => inside(full) === 1, patienceMs, 'a hall in use')
    for (let queued = 0; queued < maxQueue; queued++) runs.push(gate.run(full, work(full)))
    // Nobody has left and nobody's time is over: the answer comes at once or not at all.
    for (let more = 0; more < 3; more++) await rejects(gate.run(full, work(full)), 'QUEUE_FULL')
    for (let queued = 0; queued < maxQueue; queued++) runs.push(gate.run(other, work(other)))
    await rejects(gate.run(other, work(other)), 'QUEUE_FULL')
    open()
    await Promise.all(runs)
    expect(await gate.run(full, (lent) => answer(lent, 8))).toBe(8)
  })
})

test('waiting_has_a_deadline', async () => {
  await withGate({ total: 1, perTenant: 1, maxQueue: 1, waitMs: random.int(80, 120) }, async (gate) => {
    const tenant = random.name('t')
    const { open, work, inside } = hall()
    const first = gate.run(tenant, work(tenant))
    await until(() => inside(tenant) === 1, patienceMs, 'a hall in use')
    let ran = 0
    const late = async () => {
      ran++
    }
    // Whoever gave up has also given up its place in the queue.
    for (let times = 0; times < 3; times++) await rejects(gate.run(tenant, late), 'WAIT_TIMEOUT')
    open()
    await first
    expect(await gate.run(tenant, (lent) => answer(lent, 5))).toBe(5)
    expect(ran).toBe(0)
  })
})

test('failures_and_kills_give_the_slot_back', async () => {
  await withGate({ total: 2, perTenant: 2 }, async (gate) => {
    const tenant = random.name('t')
    const code = random.name('E').toUpperCase()
    const failing = () =>
      gate.run(tenant, async () => {
        throw Object.assign(new Error('the work failed'), { code })
      })
    for (let failures = 0; failures < 4; failures++) await rejects(failing(), code)
    for (let kills = 0; kills < 3; kills++)
      await expect(
        gate.run(tenant, async (lent) => {
          const [row] = await lent.query('select pg_backend_pid() as pid')
          await db.faults.terminateBackends([row?.pid as number])
          return answer(lent, 1)
        }),
      ).rejects.toThrow()
    await db.faults.terminateBackends()
    await until(() => db.proxy.openConnections === 0, soonMs, 'the end of every connection on both sides')
    db.proxy.refuse(true)
    for (let refusals = 0; refusals < 3; refusals++)
      await expect(gate.run(tenant, (lent) => answer(lent, 2))).rejects.toThrow()
    db.proxy.refuse(false)

    const { open, work, now } = hall()
    const runs = repeat(4, () => gate.run(tenant, work(tenant)))
    await until(() => now() === 2, patienceMs, 'as many works as there may be')
    open()
    await Promise.all(runs)
  })
})

test('hostile_tenant_names', async () => {
  await withGate({ total: 40, perTenant: 1 }, async (gate) => {
    const names = [
      '__proto__',
      'constructor',
      'toString',
      '',
      ' ',
      'a\nb',
      'A',
      'a',
      '☃',
      `${random.text()}`,
      '0',
      '-1',
    ]
    const { open, work, inside } = hall()
    const runs = names.flatMap((name) => [gate.run(name, work(name)), gate.run(name, work(name))])
    await until(() => names.every((name) => inside(name) === 1), patienceMs, 'one work of each tenant')
    expect(names.map(inside)).toEqual(names.map(() => 1))
    open()
    await Promise.all(runs)
  })
})

test('close_waits_and_refuses', async () => {
  await withGate({ total: 1, perTenant: 1 }, async (gate) => {
    const [one, other] = [random.name('t'), random.name('t')]
    const { open, work, inside, order } = hall()
    const running = gate.run(one, work(one))
    await until(() => inside(one) === 1, patienceMs, 'a hall in use')
    const waiting = [gate.run(one, work(one)), gate.run(other, work(other))]
    let closed = false
    const closing = gate.close().then(() => {
      closed = true
    })
    for (const each of waiting) await rejects(each, 'GATE_CLOSED')
    await rejects(gate.run(other, work(other)), 'GATE_CLOSED')
    expect(closed).toBe(false)
    open()
    await running
    await closing
    await until(async () => (await db.sessions()).length === 0, soonMs, 'the end of every session')
    expect(order).toEqual([one])
  })
})
