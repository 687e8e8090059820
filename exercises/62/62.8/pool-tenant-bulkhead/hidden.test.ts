import { setTimeout as pause } from 'node:timers/promises'
import { random, rejects, submission, until, use, within } from 'drillbase/kit'
import { assert, expect, test } from 'vitest'
import type { Db, Gate, Limits } from './fixture.ts'

const db = use.postgres()

/** For many works one after the other, and for sessions that end; generous, because the machine may be busy. */
const patienceMs = 3_000
/** For what takes an honest submission some ten milliseconds. */
const soonMs = 1_500
const longMs = 60_000
const closingMs = 300

const repeat = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index))
const answer = async (lent: Db, value: number) => (await lent.query('select $1::int as value', [value]))[0]?.value

/** Asserts that a call fails, with whatever error, and does not hang. */
async function fails(call: Promise<unknown>): Promise<void> {
  const [outcome] = await within(Promise.allSettled([call]), soonMs, 'the error of a call')
  expect(outcome.status).toBe('rejected')
}
const refuses = (call: Promise<unknown>, code: string) => rejects(within(call, soonMs), code)

/** A gate of its own and its hall, on a server that knows no other session; closed at the end, but not waited for in vain. */
async function withGate(limits: Partial<Limits>, work: (gate: Gate, hall: Hall) => Promise<unknown>): Promise<void> {
  await until(() => db.proxy.openConnections === 0, patienceMs, 'the end of all earlier connections')
  db.proxy.reset()
  const made = await submission.call<Gate>('createGate', db.cfg, {
    total: 4,
    perTenant: 2,
    maxQueue: 100,
    waitMs: longMs,
    ...limits,
  })
  // Nobody has said that close() may be called twice.
  let closing: Promise<void> | undefined
  const gate: Gate = { run: made.run, close: () => (closing ??= made.close()) }
  const hall = new Hall(gate)
  try {
    await work(gate, hall)
  } finally {
    hall.open()
    await Promise.race([Promise.allSettled([gate.close(), ...hall.runs]), pause(closingMs, undefined, { ref: false })])
    db.proxy.reset()
    db.proxy.cut()
  }
}

/** A hall in which works stay until the test opens the door; it knows who is inside, and who was. */
class Hall {
  readonly order: string[] = []
  readonly runs: Promise<unknown>[] = []
  now = 0
  most = 0
  readonly #gate: Gate
  readonly #inside = new Map<string, number>()
  readonly #door = Promise.withResolvers<void>()
  constructor(gate: Gate) {
    this.#gate = gate
  }

  open = () => this.#door.resolve()
  inside = (tenant: string) => this.#inside.get(tenant) ?? 0

  /** A work for `gate.run`. */
  work =
    (tenant: string, name = tenant) =>
    async (lent: Db) => {
      this.order.push(name)
      this.#inside.set(tenant, this.inside(tenant) + 1)
      this.most = Math.max(this.most, ++this.now)
      await this.#door.promise
      const value = random.int(1, 1_000_000)
      expect(await answer(lent, value)).toBe(value)
      this.#inside.set(tenant, this.inside(tenant) - 1)
      this.now--
    }

  /** Sends one in, who may have to wait at the gate. */
  send(tenant: string, name?: string): Promise<unknown> {
    const run = this.#gate.run(tenant, this.work(tenant, name))
    this.runs.push(run)
    return run
  }

  /** Waits for what those who were sent bring about; one who is turned away is the reason why it does not come. */
  sees = (condition: () => boolean, what: string) =>
    Promise.race([until(condition, soonMs, what), Promise.all(this.runs).then(() => assert.fail(`${what}: all went`))])

  /** Opens the door and waits until everybody who was sent has been inside. */
  async empty(): Promise<void> {
    this.open()
    await within(Promise.all(this.runs), patienceMs, 'the end of every work')
  }
}

test('connections_never_exceed_total', async () => {
  const total = random.int(3, 6)
  await withGate({ total }, async (_, hall) => {
    const tenants = repeat(6, () => random.name('t'))
    for (let index = 0; index < 36; index++) hall.send(tenants[index % 6] as string)
    await hall.sees(() => hall.now >= total, 'a full hall')
    await hall.empty()
    expect(hall.most).toBe(total)
    expect(db.proxy.maxOpenConnections).toBe(total)
  })
})

test('one_tenant_never_exceeds_its_share', async () => {
  const perTenant = random.int(2, 3)
  await withGate({ total: 6, perTenant }, async (_, hall) => {
    const [big, other] = [random.name('big'), random.name('other')]
    const shares = () => [hall.inside(big), hall.inside(other), hall.now]
    const isTooMuch = () => hall.inside(big) > perTenant || hall.inside(other) > perTenant
    repeat(10, () => hall.send(big))
    await hall.sees(() => hall.inside(big) >= perTenant, 'the share of one tenant')
    // By the time another tenant is inside, the first one would be as well if it could.
    repeat(perTenant + 2, () => hall.send(other))
    await hall.sees(() => hall.inside(other) >= perTenant || isTooMuch(), 'the share of the other')
    expect(shares()).toEqual([perTenant, perTenant, 2 * perTenant])
    await hall.empty()
  })
})

test('noisy_tenant_does_not_starve_a_quiet_one', async () => {
  await withGate({ total: 3, perTenant: 2 }, async (gate, hall) => {
    const noisy = random.name('noisy')
    repeat(40, () => hall.send(noisy))
    await hall.sees(() => hall.inside(noisy) >= 2, 'a tenant with its whole share in use')
    // None of the noisy ones leaves before the quiet ones are done.
    const served: string[] = []
    const quiet = repeat(5, (index) =>
      gate.run(random.name('quiet'), (lent) => answer(lent, index)).then(() => served.push('quiet')),
    )
    await hall.sees(() => served.length === 5 || hall.inside(noisy) > 2, 'quiet tenants that are served')
    expect(hall.inside(noisy)).toBe(2)
    await Promise.all(quiet)
    await hall.empty()
  })
})

test('round_robin_when_saturated', async () => {
  await withGate({ total: 1, perTenant: 1 }, async (_, hall) => {
    const [holder, a, b, c] = repeat(4, () => random.name('t')) as [string, string, string, string]
    hall.send(holder)
    await hall.sees(() => hall.inside(holder) === 1, 'a hall in use')
    const counts: [string, number][] = [
      [a, 4],
      [b, 3],
      [c, 2],
    ]
    for (const [tenant, count] of counts)
      for (let place = 1; place <= count; place++) hall.send(tenant, `${tenant} ${place}`)
    await hall.empty()
    const turns = [1, 2, 3, 4].flatMap((place) =>
      counts.filter(([, count]) => place <= count).map(([tenant]) => `${tenant} ${place}`),
    )
    expect(hall.order).toEqual([holder, ...turns])
  })
})

test('queue_limit_fails_fast', async () => {
  const maxQueue = random.int(2, 4)
  await withGate({ total: 1, perTenant: 1, maxQueue }, async (gate, hall) => {
    const [full, other] = [random.name('t'), random.name('t')]
    hall.send(full)
    await hall.sees(() => hall.inside(full) === 1, 'a hall in use')
    repeat(maxQueue, () => hall.send(full))
    // Nobody has left and nobody's time is over: the answer comes at once or not at all.
    for (let more = 0; more < 3; more++) await refuses(gate.run(full, hall.work(full)), 'QUEUE_FULL')
    repeat(maxQueue, () => hall.send(other))
    await refuses(gate.run(other, hall.work(other)), 'QUEUE_FULL')
    await hall.empty()
    expect(await gate.run(full, (lent) => answer(lent, 8))).toBe(8)
  })
})

test('waiting_has_a_deadline', async () => {
  await withGate({ total: 1, perTenant: 1, maxQueue: 1, waitMs: random.int(80, 120) }, async (gate, hall) => {
    const tenant = random.name('t')
    hall.send(tenant)
    await hall.sees(() => hall.inside(tenant) === 1, 'a hall in use')
    let ran = 0
    const late = async () => {
      ran++
    }
    // Whoever gave up has also given up its place in the queue.
    for (let times = 0; times < 3; times++) await refuses(gate.run(tenant, late), 'WAIT_TIMEOUT')
    await hall.empty()
    expect(
      await within(
        gate.run(tenant, (lent) => answer(lent, 5)),
        soonMs,
      ),
    ).toBe(5)
    expect(ran).toBe(0)
  })
})

test('failures_and_kills_give_the_slot_back', async () => {
  await withGate({ total: 2, perTenant: 2 }, async (gate, hall) => {
    const tenant = random.name('t')
    const code = random.name('E').toUpperCase()
    const failing = () =>
      gate.run(tenant, async () => {
        throw Object.assign(new Error('the work failed'), { code })
      })
    for (let failures = 0; failures < 4; failures++) await refuses(failing(), code)
    for (let kills = 0; kills < 3; kills++)
      await fails(
        gate.run(tenant, async (lent) => {
          const [row] = await lent.query('select pg_backend_pid() as pid')
          await db.faults.terminateBackends([row?.pid as number])
          return answer(lent, 1)
        }),
      )
    await db.faults.terminateBackends()
    await until(() => db.proxy.openConnections === 0, soonMs, 'the end of every connection on both sides')
    db.proxy.refuse(true)
    for (let refusals = 0; refusals < 3; refusals++) await fails(gate.run(tenant, (lent) => answer(lent, 2)))
    db.proxy.refuse(false)

    repeat(4, () => hall.send(tenant))
    await hall.sees(() => hall.now === 2, 'as many works as there may be')
    await hall.empty()
  })
})

test('hostile_tenant_names', async () => {
  await withGate({ total: 40, perTenant: 1 }, async (_, hall) => {
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
    for (const name of names) repeat(2, () => hall.send(name))
    await hall.sees(() => names.every((name) => hall.inside(name) === 1), 'one work of each tenant')
    expect(names.map(hall.inside)).toEqual(names.map(() => 1))
    await hall.empty()
  })
})

test('close_waits_and_refuses', async () => {
  await withGate({ total: 1, perTenant: 1 }, async (gate, hall) => {
    const [one, other] = [random.name('t'), random.name('t')]
    const running = hall.send(one)
    await hall.sees(() => hall.inside(one) === 1, 'a hall in use')
    const waiting = [gate.run(one, hall.work(one)), gate.run(other, hall.work(other))]
    let closed = false
    const closing = gate.close().then(() => {
      closed = true
    })
    for (const each of waiting) await refuses(each, 'GATE_CLOSED')
    await refuses(gate.run(other, hall.work(other)), 'GATE_CLOSED')
    expect(closed).toBe(false)
    hall.open()
    await within(running, soonMs, 'the end of the work inside')
    await within(closing, patienceMs, 'the end of close()')
    await until(async () => (await db.sessions()).length === 0, soonMs, 'the end of every session')
    expect(hall.order).toEqual([one])
  })
})
