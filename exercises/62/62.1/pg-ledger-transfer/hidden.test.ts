import { random, rejects, submission, until, use } from 'drillbase/kit'
import { expect, test } from 'vitest'
import { type Receipt, type Request, schema } from './fixture.ts'

const bank = use.postgres({ schema })

type Outcome = PromiseSettledResult<Receipt>

const maxConnections = 10

/** For what an honest submission lets happen at once; generous, because the machine may be busy. */
const patienceMs = 2_000
/** For what takes an honest submission some ten milliseconds. */
const soonMs = 1_500
/** So many calls at once are a crowd: one more than `concurrent_spend_never_overdraws` lets anybody pay for. */
const crowd = 4
const crowdMs = 1_000

const transfer = (request: Request) => submission.call<Receipt>('transfer', bank.cfg, request)

const key = () => random.name('key-')

/** An odd amount so large that a double cannot hold it. */
const hugeOdd = () => random.bigint(2n ** 59n, 2n ** 60n) * 2n + 1n

async function openAccount(balance: bigint, id = random.name('acct-')): Promise<string> {
  await bank.inspect.query('insert into public.accounts (id, balance) values ($1, $2)', [id, balance])
  return id
}

async function balanceOf(id: string): Promise<bigint> {
  const { rows } = await bank.inspect.query('select balance from public.accounts where id = $1', [id])
  return BigInt(rows[0].balance)
}

async function recorded(): Promise<
  { id: string; from_id: string; to_id: string; amount: string; memo: string | null }[]
> {
  const { rows } = await bank.inspect.query('select * from public.transfers order by id')
  return rows
}

const waiting = async () => (await bank.sessions()).filter((session) => session.waitEventType === 'Lock')

/**
 * Starts calls while another transaction holds these accounts, and lets go once a crowd of them waits: the calls meet at
 * the rows in every run, not only in unlucky ones. `meanwhile` happens before the rows are free again.
 */
async function startAtLockedRows(
  accounts: string[],
  requests: Request[],
  meanwhile: (pids: number[]) => Promise<unknown> = async () => {},
): Promise<Outcome[]> {
  const holder = await bank.inspect.connect()
  try {
    await holder.query('begin')
    await holder.query('select id from public.accounts where id = any($1) order by id for update', [accounts])
    let allEnded = false
    const calls = Promise.allSettled(requests.map(transfer)).finally(() => {
      allEnded = true
    })
    // Calls that fail without ever waiting end the wait as well: what they say is of more use than a deadline.
    await until(async () => allEnded || (await waiting()).length > 0, patienceMs, 'a call that waits for a locked row')
    if (!allEnded) await gathered(Math.min(crowd, requests.length))
    await meanwhile((await waiting()).map((session) => session.pid))
    await holder.query('rollback')
    return await calls
  } finally {
    // An open transaction would hold its rows in the next test as well.
    await holder.query('rollback')
    holder.release()
  }
}

/** A submission that lets few calls through at a time never makes a crowd, and is none the worse for it. */
async function gathered(count: number): Promise<void> {
  const deadline = performance.now() + crowdMs
  await until(async () => (await waiting()).length >= count || performance.now() > deadline, patienceMs)
}

const repeat = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index))

/** The receipts of calls that must all succeed. The first error of one that did not is what the learner reads. */
function receiptsOf(outcomes: Outcome[]): Receipt[] {
  return outcomes.map((outcome) => {
    if (outcome.status === 'rejected') throw outcome.reason
    return outcome.value
  })
}

test('moves_exact_bigint_amounts', async () => {
  // What is left on one side is small, and what comes out on the other is odd and huge.
  const [fromBalance, toBalance] = [hugeOdd(), random.bigint(1n, 500_000n) * 2n]
  const amount = fromBalance - random.bigint(1n, 1_000n) * 2n
  const [from, to] = [await openAccount(fromBalance), await openAccount(toBalance)]
  const memo = random.name('rent-')

  const receipt = await transfer({ from, to, amount, key: key(), memo })

  expect(receipt.replayed).toBe(false)
  expect(await balanceOf(from)).toBe(fromBalance - amount)
  expect(await balanceOf(to)).toBe(toBalance + amount)
  expect(await recorded()).toMatchObject([
    { id: String(receipt.id), from_id: from, to_id: to, amount: String(amount), memo },
  ])
})

test('overdraft_leaves_no_trace', async () => {
  const balance = random.bigint(100n, 9_999n)
  const [from, to] = [await openAccount(balance), await openAccount(0n)]
  const refused = key()

  await rejects(transfer({ from, to, amount: balance + 1n, key: refused }), 'INSUFFICIENT')
  await rejects(transfer({ from, to: random.name('nobody-'), amount: 1n, key: key() }), 'NO_ACCOUNT')
  await rejects(transfer({ from: random.name('nobody-'), to, amount: 1n, key: key() }), 'NO_ACCOUNT')
  expect(await recorded()).toEqual([])
  expect([await balanceOf(from), await balanceOf(to)]).toEqual([balance, 0n])

  // A refusal does not use its key up, and the last coin may be spent.
  expect((await transfer({ from, to, amount: balance, key: refused })).replayed).toBe(false)
  expect([await balanceOf(from), await balanceOf(to)]).toEqual([0n, balance])
})

test('opposite_transfers_never_deadlock', async () => {
  const [one, other] = [await openAccount(100_000n), await openAccount(100_000n)]
  const deadlocksBefore = await bank.deadlocks()

  const requests = repeat(60, (index) => {
    const [from, to] = index % 2 === 0 ? [one, other] : [other, one]
    return { from, to, amount: random.bigint(1n, 50n), key: key() }
  })

  let ended = false
  const calls = startAtLockedRows([one, other], requests).finally(() => {
    ended = true
  })
  calls.catch(() => {})
  // The first deadlock says enough; waiting for the end of all of them would say the same, later.
  await until(async () => ended || (await bank.deadlocks()) > deadlocksBefore, patienceMs * 2, 'the transfers')
  expect(await bank.deadlocks()).toBe(deadlocksBefore)
  receiptsOf(await calls)

  expect((await balanceOf(one)) + (await balanceOf(other))).toBe(200_000n)
  expect(await bank.deadlocks()).toBe(deadlocksBefore)
})

test('concurrent_spend_never_overdraws', async () => {
  const price = random.bigint(20n, 90n)
  const rest = random.bigint(0n, price - 1n)
  const [from, to] = [await openAccount(3n * price + rest), await openAccount(0n)]

  const requests = repeat(30, () => ({ from, to, amount: price, key: key() }))

  const outcomes = await startAtLockedRows([from], requests)

  const codes = outcomes.map((outcome) => (outcome.status === 'fulfilled' ? 'ok' : outcome.reason.code))
  expect(codes.filter((code) => code === 'ok')).toHaveLength(3)
  expect(codes.filter((code) => code === 'INSUFFICIENT')).toHaveLength(27)
  expect([await balanceOf(from), await balanceOf(to)]).toEqual([rest, 3n * price])
})

test('same_key_concurrently_moves_once', async () => {
  const everything = random.bigint(1n, 100_000n)
  const [from, to] = [await openAccount(everything), await openAccount(0n)]
  const request = { from, to, amount: everything, key: key() }

  const receipts = receiptsOf(
    await startAtLockedRows(
      [from],
      repeat(20, () => request),
    ),
  )

  expect(receipts.filter((receipt) => !receipt.replayed)).toHaveLength(1)
  expect(new Set(receipts.map((receipt) => receipt.id)).size).toBe(1)
  expect([await balanceOf(from), await balanceOf(to)]).toEqual([0n, everything])
})

test('key_reused_for_other_payload', async () => {
  const [from, to, third] = [await openAccount(1_000n), await openAccount(1_000n), await openAccount(1_000n)]
  const request = { from, to, amount: random.bigint(1n, 100n), key: key() }
  const first = await transfer(request)

  await rejects(transfer({ ...request, amount: request.amount + 1n }), 'KEY_REUSED')
  await rejects(transfer({ ...request, to: third }), 'KEY_REUSED')
  await rejects(transfer({ ...request, from: third }), 'KEY_REUSED')

  expect(await transfer(request)).toMatchObject({ id: first.id, replayed: true })
  expect(await recorded()).toHaveLength(1)
  expect([await balanceOf(from), await balanceOf(third)]).toEqual([1_000n - request.amount, 1_000n])
})

test('hostile_memo_is_only_data', async () => {
  const from = await openAccount(10n, `o'${random.text()}`)
  const to = await openAccount(0n, `%s ${random.text()}`)
  const memo = `x'); update public.accounts set balance = 0; -- %s %(a)s $1 \\ ${random.text()}`

  await transfer({ from, to, amount: 1n, key: `'"%${random.text()}`, memo })
  await transfer({ from, to, amount: 1n, key: key() })

  expect((await recorded()).map((row) => row.memo)).toEqual([memo, null])
  expect([await balanceOf(from), await balanceOf(to)]).toEqual([8n, 2n])
})

test('no_session_left_in_transaction', async () => {
  const [from, to] = [await openAccount(100n), await openAccount(0n)]
  const sent = { from, to, amount: 1n, key: key() }
  await transfer(sent)

  // More refusals than a pool has connections: one that is lost or left open with each of them runs out.
  for (let refusals = 0; refusals < 4; refusals++) {
    await rejects(transfer({ from, to: random.name('nobody-'), amount: 1n, key: key() }), 'NO_ACCOUNT')
    await rejects(transfer({ from, to, amount: 100n, key: key() }), 'INSUFFICIENT')
    await rejects(transfer({ ...sent, amount: 2n }), 'KEY_REUSED')
  }

  await until(
    async () => (await bank.sessions()).every((session) => session.state === 'idle'),
    soonMs,
    'every session idle',
  )
  expect((await transfer({ from, to, amount: 1n, key: key() })).replayed).toBe(false)
  expect((await bank.sessions()).length).toBeLessThanOrEqual(maxConnections)
})

test('backend_terminated_while_waiting', async () => {
  const [from, to] = [await openAccount(1_000n), await openAccount(1_000n)]
  const request = { from, to, amount: random.bigint(1n, 900n), key: key() }

  await startAtLockedRows([from], [request], (pids) => bank.faults.terminateBackends(pids))
  expect((await balanceOf(from)) + (await balanceOf(to))).toBe(2_000n)

  await transfer(request)
  expect([await balanceOf(from), await balanceOf(to)]).toEqual([1_000n - request.amount, 1_000n + request.amount])
  expect(await recorded()).toHaveLength(1)
})

test('idle_backends_terminated', async () => {
  const [from, to] = [await openAccount(1_000n), await openAccount(0n)]
  // Several connections: whoever goes on with one of them hears meanwhile of the end of the others.
  const requests = repeat(crowd, () => ({ from, to, amount: 1n, key: key() }))
  receiptsOf(await startAtLockedRows([from], requests))
  const lost = await bank.faults.terminateBackends()
  await until(async () => (await bank.sessions()).length === 0, soonMs, 'the end of every session')

  // A dead connection may cost the one call that finds it, so this many may fail and no more.
  const request = { from, to, amount: 9n, key: key() }
  for (let failures = 0; failures < lost; failures++) {
    const [result] = await Promise.allSettled([transfer(request)])
    if (result?.status === 'fulfilled') break
  }

  expect(await transfer(request)).toHaveProperty('replayed')
  expect([await balanceOf(from), await balanceOf(to)]).toEqual([987n, 13n])
})

test('close_frees_every_connection', async () => {
  const [from, to] = [await openAccount(1_000n), await openAccount(0n)]
  await Promise.all(repeat(10, () => transfer({ from, to, amount: 1n, key: key() })))
  expect((await bank.sessions()).length).toBeGreaterThan(0)

  await submission.call('close')
  await until(async () => (await bank.sessions()).length === 0, soonMs, 'the end of every session')

  await transfer({ from, to, amount: 1n, key: key() })
  expect(await balanceOf(to)).toBe(11n)
})
