import { setTimeout as pause } from 'node:timers/promises'
import { random, rejects, submission, until, use, within } from 'drillbase/kit'
import { assert, expect, test } from 'vitest'
import { type Db, type Options, type Pool, schema } from './fixture.ts'

const db = use.postgres({ schema })

/** For what an honest submission lets happen at once; generous, because the machine may be busy. */
const patienceMs = 3_000
/** For what takes it some ten milliseconds. */
const soonMs = 1_500
const longMs = 60_000
const closingMs = 300
/** Logging in takes six of these, far more than anybody's patience here. */
const delayMs = 60

const repeat = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index))

/** A pool of its own, on a server that knows no other session; closed at the end, but not waited for in vain. */
async function withPool<T>(options: Partial<Options>, work: (pool: Pool) => Promise<T>): Promise<T> {
  await until(() => db.proxy.openConnections === 0, patienceMs, 'the end of all earlier connections')
  db.proxy.reset()
  const made = await submission.call<Pool>('createPool', db.cfg, {
    max: 4,
    acquireTimeoutMs: longMs,
    idleTimeoutMs: longMs,
    ...options,
  })
  // Nobody has said that close() may be called twice.
  let closing: Promise<void> | undefined
  const pool: Pool = { use: made.use, close: () => (closing ??= made.close()) }
  try {
    return await work(pool)
  } finally {
    const closed = pool.close().catch(() => {})
    await Promise.race([closed, pause(closingMs, undefined, { ref: false })])
    db.proxy.reset()
    db.proxy.cut()
  }
}

const pid = async (borrowed: Db): Promise<number> => {
  const [row] = await borrowed.query('select pg_backend_pid() as pid')
  return row?.pid as number
}
const answer = async (borrowed: Db, value: number): Promise<unknown> => {
  const [row] = await borrowed.query('select $1::int as value', [value])
  return row?.value
}

/** For a pool whose patience may be shorter than opening a connection takes on a busy machine. */
const eventually = (pool: Pool, value: number) =>
  until(
    () =>
      pool
        .use((borrowed) => answer(borrowed, value))
        .catch((error) => {
          if (error.code !== 'POOL_TIMEOUT') throw error
          return false
        }),
    soonMs,
    'a connection for somebody with patience',
  )

/** A door that borrowers stand at until the test opens it. */
function door() {
  const { promise, resolve } = Promise.withResolvers<void>()
  return { passed: promise, open: resolve }
}

/** Takes a connection and keeps it; resolves once it is taken. */
async function borrow(pool: Pool): Promise<{ giveBack(): Promise<unknown> }> {
  const { passed, open } = door()
  const taken = door()
  const ended = pool.use(async () => {
    taken.open()
    await passed
  })
  await within(Promise.race([taken.passed, ended]), patienceMs, 'a connection to keep')
  return {
    giveBack() {
      open()
      return ended
    },
  }
}

test('never_more_than_max', async () => {
  const max = random.int(2, 5)
  await withPool({ max }, async (pool) => {
    const { passed, open } = door()
    let [running, most] = [0, 0]
    const values = repeat(max + 12, () => random.int(1, 1_000_000))
    const answers = Promise.all(
      values.map((value) =>
        pool.use(async (borrowed) => {
          most = Math.max(most, ++running)
          await passed
          const result = await answer(borrowed, value)
          running--
          return result
        }),
      ),
    )
    await Promise.race([until(() => running >= max, soonMs, 'as many borrowers as there may be'), answers])
    open()
    expect(await within(answers, patienceMs, 'every answer')).toEqual(values)
    expect(most).toBe(max)
    expect(db.proxy.maxOpenConnections).toBe(max)
  })
})

test('reuses_instead_of_reconnecting', async () => {
  await withPool({ max: random.int(2, 5) }, async (pool) => {
    const pids: number[] = []
    for (let uses = 0; uses < 12; uses++) pids.push((await pool.use(pid)) as number)
    expect(new Set(pids).size).toBe(1)
    expect(db.proxy.connections).toBe(1)
  })
})

test('waiters_are_served_in_order', async () => {
  await withPool({ max: 1 }, async (pool) => {
    const { giveBack } = await borrow(pool)
    const order: number[] = []
    const waiting = repeat(8, (index) =>
      pool.use(async () => {
        order.push(index)
      }),
    )
    await giveBack()
    await within(Promise.all(waiting), soonMs, 'the turn of everybody')
    expect(order).toEqual(repeat(8, (index) => index))
  })
})

test('timed_out_waiter_does_not_leak_a_slot', async () => {
  await withPool({ max: 1, acquireTimeoutMs: random.int(100, 150) }, async (pool) => {
    expect(await eventually(pool, 1)).toBe(1)
    const { giveBack } = await borrow(pool)
    let ran = 0
    const late = repeat(4, () =>
      pool.use(async () => {
        ran++
      }),
    )
    for (const call of late) await rejects(call, 'POOL_TIMEOUT')
    await giveBack()
    expect(await pool.use((borrowed) => answer(borrowed, 7))).toBe(7)
    expect(ran).toBe(0)
  })
})

test('slow_connection_finds_nobody_waiting', async () => {
  await withPool({ max: 1, acquireTimeoutMs: random.int(100, 150) }, async (pool) => {
    // Nobody has the patience to wait for this connection; it belongs to the pool all the same, or to nobody.
    db.proxy.delay(delayMs)
    await rejects(
      pool.use(async () => {}),
      'POOL_TIMEOUT',
    )
    // Logged in by now, or given up: both are good.
    const isGivenUp = () => db.proxy.connections > 0 && db.proxy.openConnections === 0
    const isOver = async () => isGivenUp() || (await db.sessions()).length === 1
    await until(isOver, patienceMs, 'the end of a login that nobody waits for any more')
    // Its last word is still held back for as long as the proxy delays it.
    await pause(3 * delayMs)
    db.proxy.delay(0)
    expect(await eventually(pool, 5)).toBe(5)
    expect(db.proxy.openConnections).toBe(1)
  })
})

test('failing_borrower_returns_a_clean_connection', async () => {
  await withPool({ max: 1, acquireTimeoutMs: soonMs }, async (pool) => {
    const code = random.name('E').toUpperCase()
    for (let failures = 0; failures < 3; failures++) {
      const failing = pool.use(async (borrowed) => {
        await borrowed.query('begin')
        await borrowed.query('insert into notes (body) values ($1)', [random.name()])
        throw Object.assign(new Error('the borrower failed'), { code })
      })
      await rejects(failing, code)
    }
    await pool.use(async (borrowed) => {
      const [row] = await borrowed.query('select count(*)::int as count from notes')
      expect(row?.count).toBe(0)
      // Left in an aborted transaction, and the borrower says nothing of it.
      await borrowed.query('begin')
      await borrowed.query('select 1 / $1::int as nothing', [0]).catch(() => {})
    })
    expect(await pool.use((borrowed) => answer(borrowed, 9))).toBe(9)
    expect(db.proxy.connections).toBe(1)
  })
})

test('session_state_does_not_travel', async () => {
  await withPool({ max: 1, acquireTimeoutMs: soonMs }, async (pool) => {
    const lock = random.int(1, 1_000_000)
    await pool.use(async (borrowed) => {
      await borrowed.query(`select set_config('statement_timeout', '12345', false)`)
      await borrowed.query(`select set_config('search_path', 'nowhere', false)`)
      await borrowed.query('create temporary table leftover (i int)')
      await borrowed.query('select pg_advisory_lock($1::int)::text as locked', [lock])
    })
    await pool.use(async (borrowed) => {
      const [row] = await borrowed.query(
        `select current_setting('statement_timeout') as timeout, current_setting('search_path') as path,
           to_regclass('pg_temp.leftover')::text as leftover,
           (select count(*)::int from pg_locks where locktype = 'advisory') as locks`,
      )
      expect(row?.timeout).not.toMatch(/^12/)
      expect(row?.path).not.toBe('nowhere')
      expect(row?.leftover).toBeNull()
      expect(row?.locks).toBe(0)
    })
  })
})

test('idle_connection_killed_by_server', async () => {
  const max = 3
  await withPool({ max, acquireTimeoutMs: soonMs }, async (pool) => {
    const borrowers = await Promise.all(repeat(max, () => borrow(pool)))
    await Promise.all(borrowers.map((each) => each.giveBack()))
    expect(await db.faults.terminateBackends()).toBe(max)
    // From here on the process has heard of it.
    await until(() => db.proxy.openConnections === 0, soonMs, 'the end of every connection on both sides')
    const values = repeat(8, () => random.int(1, 1_000))
    expect(await Promise.all(values.map((value) => pool.use((borrowed) => answer(borrowed, value))))).toEqual(values)
  })
})

test('connection_killed_in_use', async () => {
  await withPool({ max: 1, acquireTimeoutMs: soonMs }, async (pool) => {
    const busy = pool.use((borrowed) => borrowed.query('select pg_sleep(30)::text as slept'))
    busy.catch(() => {})
    const isAsleep = async () =>
      (await db.sessions()).some(({ state, query }) => state === 'active' && query.includes('pg_sleep'))
    await Promise.race([
      until(isAsleep, soonMs, 'a statement under way'),
      busy.then(() => assert.fail('the statement was over at once')),
    ])
    await db.faults.terminateBackends()
    const [outcome] = await within(Promise.allSettled([busy]), soonMs, 'the error of a statement')
    expect(outcome.status).toBe('rejected')
    expect(await pool.use((borrowed) => answer(borrowed, 3))).toBe(3)

    // And between two statements, where no query is there to hear of it; this borrower takes no notice either.
    await pool.use(async () => {
      await db.faults.terminateBackends()
      await until(() => db.proxy.openConnections === 0, soonMs, 'the end of the connection on both sides')
    })
    expect(await pool.use((borrowed) => answer(borrowed, 4))).toBe(4)
  })
})

test('failed_connection_gives_the_slot_back', async () => {
  const max = random.int(1, 2)
  await withPool({ max, acquireTimeoutMs: soonMs }, async (pool) => {
    db.proxy.refuse(true)
    for (let failures = 0; failures <= max; failures++) {
      const [outcome] = await Promise.allSettled([pool.use((borrowed) => answer(borrowed, 1))])
      expect(outcome?.status).toBe('rejected')
      // The waiter hears of it now, not when its patience ends.
      expect((outcome as PromiseRejectedResult).reason.code).not.toBe('POOL_TIMEOUT')
    }
    db.proxy.refuse(false)
    expect(await pool.use((borrowed) => answer(borrowed, 6))).toBe(6)
  })
})

test('idle_connections_are_closed', async () => {
  await withPool({ max: 3, idleTimeoutMs: 150, acquireTimeoutMs: patienceMs }, async (pool) => {
    const borrowers = await Promise.all(repeat(3, () => borrow(pool)))
    await Promise.all(borrowers.map((each) => each.giveBack()))
    await pool.use(pid)
    // Taken off the shelf in time and kept for longer than it might have stayed there.
    const pids = (await pool.use(async (borrowed) => {
      const before = await pid(borrowed)
      await borrowed.query('select pg_sleep(0.3)::text as slept')
      return [before, await pid(borrowed)]
    })) as number[]
    expect(pids[1]).toBe(pids[0])
    await until(async () => (await db.sessions()).length === 0, soonMs, 'the end of idle sessions')
    expect(await pool.use((borrowed) => answer(borrowed, 2))).toBe(2)
  })
})

test('close_waits_and_refuses', async () => {
  await withPool({ max: 2, acquireTimeoutMs: longMs }, async (pool) => {
    const { passed, open } = door()
    const started = door()
    const value = random.int(1, 1_000)
    const borrower = pool.use(async (borrowed) => {
      started.open()
      await passed
      return answer(borrowed, value)
    })
    await within(Promise.race([started.passed, borrower]), soonMs, 'a borrower at work')
    const other = await borrow(pool)
    let ran = false
    const waiting = pool.use(async () => {
      ran = true
    })
    let closed = false
    const closing = pool.close().then(() => {
      closed = true
    })
    await rejects(within(waiting, soonMs), 'POOL_CLOSED')
    const late = pool.use(async () => {})
    await rejects(within(late, soonMs), 'POOL_CLOSED')
    expect(closed).toBe(false)
    await other.giveBack()
    open()
    expect(await borrower).toBe(value)
    await within(closing, soonMs, 'the end of close()')
    await until(async () => (await db.sessions()).length === 0, soonMs, 'the end of every session')
    expect(ran).toBe(false)
  })
})
