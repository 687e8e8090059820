import { BatchWriteCommand, DeleteCommand, PutCommand } from '@aws-sdk/lib-dynamodb'
import { random, type Submission, submission, until, use } from 'drillbase/kit'
import { assert, beforeEach, expect, test } from 'vitest'
import { type Hooks, type Projector, tables } from './fixture.ts'

type Total = { n: number; sum: number }

const table = use.dynamodb({ tables })
const patienceMs = 4_000
/** Several times what the slowest honest projector needs for the few batches of a test: whoever reads on without counting is lost. */
const enoughReads = 25
const writes = ['PutItem', 'UpdateItem', 'DeleteItem', 'BatchWriteItem', 'TransactWriteItems']

/** What is in `orders`. */
const orders = new Map<string, { category: string; amount: number }>()
beforeEach(() => orders.clear())

async function put(id: string, category: string, amount = random.int(1, 99)): Promise<void> {
  orders.set(id, { category, amount })
  await table.inspect.doc.send(new PutCommand({ TableName: 'orders', Item: { id, category, amount } }))
}
async function remove(id: string): Promise<void> {
  orders.delete(id)
  await table.inspect.doc.send(new DeleteCommand({ TableName: 'orders', Key: { id } }))
}
/** So many new orders, at most 25, in two categories. */
async function fill(count: number): Promise<void> {
  const puts = Array.from({ length: count }, (_, i) => {
    const order = { category: `c${i % 2}`, amount: random.int(1, 99) }
    const id = random.name('order-')
    orders.set(id, order)
    return { PutRequest: { Item: { id, ...order } } }
  })
  await table.inspect.doc.send(new BatchWriteCommand({ RequestItems: { orders: puts } }))
}
/** Puts one order after the other: time enough for whoever does not wait. */
async function roundTrips(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await put(random.name('order-'), `c${i % 2}`)
}

function wanted(): Record<string, Total> {
  const totals: Record<string, Total> = {}
  for (const { category, amount } of orders.values()) {
    const { n, sum } = totals[category] ?? { n: 0, sum: 0 }
    totals[category] = { n: n + 1, sum: sum + amount }
  }
  return totals
}
async function view(): Promise<Record<string, Total>> {
  const items = (await table.scan('totals')) as (Total & { id: string })[]
  const counted = items.filter(({ id, n }) => id.startsWith('cat#') && n !== 0)
  return Object.fromEntries(counted.map(({ id, n, sum }) => [id.slice(4), { n, sum }]))
}

const start = (hooks: Hooks = {}, by: Submission = submission) =>
  by.call<Projector>('startProjector', table.cfg, { source: 'orders', view: 'totals', batch: 7 }, hooks)

/**
 * Puts one more order, in a category of its own. Once that is counted, so is everything before it: the engine's stream has
 * one shard. Then stops the projectors, and what they leave is what counts.
 */
async function settle(...projectors: Projector[]): Promise<void> {
  const last = random.name('last-')
  await put(random.name('order-'), last)
  const readsBefore = table.proxy.count('GetRecords')
  const isCounted = async () => {
    // Counted before the view is read: a slow machine takes nothing from anybody.
    const reads = table.proxy.count('GetRecords') - readsBefore
    if (last in (await view())) return true
    return reads > enoughReads && assert.fail(`the last order is not in the view after ${reads} reads of the stream`)
  }
  await until(isCounted, patienceMs, 'the last order in the view')
  await Promise.all(projectors.map((projector) => projector.stop()))
  expect(await view()).toEqual(wanted())
}

/** Lets a process of its own run until the n-th call of a hook, and kills it in there. */
async function crashIn(hook: keyof Hooks, nth: number): Promise<void> {
  const doomed = await submission.spawn()
  let calls = 0
  let death: Promise<void> | undefined
  const deadly = () => {
    if (++calls < nth) return undefined
    death ??= doomed.kill()
    return new Promise(() => {})
  }
  let failure: unknown
  void start({ [hook]: deadly }, doomed).catch((error) => {
    failure = error
  })
  const isDying = () => {
    if (death === undefined && failure !== undefined) throw failure
    return death !== undefined
  }
  await until(isDying, patienceMs, `call ${nth} of ${hook}`)
  await death
}

test('insert_modify_move_delete', async () => {
  const projector = await start()
  const ids = Array.from({ length: 8 }, () => random.name('order-'))
  const categories = Array.from({ length: 3 }, () => random.name('category '))
  for (let round = 0; round < 2; round++) for (const id of ids) await put(id, random.pick(categories))
  await put(ids[0] as string, 'moved', 5)
  await put(ids[0] as string, 'moved', 8)
  await put(ids[0] as string, 'moved again', 8)
  for (const id of random.shuffle(ids).slice(0, 3)) await remove(id)
  await settle(projector)
})

test('history_before_the_start_counts', async () => {
  await fill(random.int(15, 25))
  await settle(await start())
})

test('crash_before_commit_loses_nothing', async () => {
  await fill(15)
  await crashIn('beforeCommit', random.int(1, 2))
  await settle(await start())
})

test('crash_after_commit_counts_nothing_twice', async () => {
  await fill(15)
  await crashIn('afterCommit', random.int(1, 2))
  await settle(await start())
})

test('restart_resumes_instead_of_replaying', async () => {
  await fill(random.int(8, 12))
  await settle(await start())
  let records = 0
  const projector = await start({
    beforeCommit: (n) => {
      records += n
    },
  })
  await fill(2)
  await settle(projector)
  expect(records).toBe(3)
})

test('lost_reply_on_commit_is_safe', async () => {
  await fill(10)
  // The first write is done and its reply lost. Whoever repeats it at once is told that he may not.
  let written = 0
  table.proxy.rule((op) => {
    if (!writes.includes(op) || ++written > 2) return undefined
    return written === 1 ? { lost: true } : { fail: { type: 'AccessDeniedException' } }
  })
  await settle(await start())
})

test('two_projectors_do_not_double_count', async () => {
  await fill(10)
  const other = await submission.spawn()
  // Both hold their first batch until the other one has come as far.
  let arrived = 0
  const together = async () => {
    arrived++
    await until(() => arrived >= 2, 3_500, 'the other one').catch(() => {})
  }
  await settle(...(await Promise.all([start({ beforeCommit: together }), start({ beforeCommit: together }, other)])))
})

test('expired_iterator_is_renewed', async () => {
  const expired = new Set<string>()
  let asked = 0
  table.proxy.rule((op, body) => {
    if (op !== 'GetRecords') return undefined
    asked++
    if (asked === 2 || asked === 5) expired.add(body.ShardIterator)
    return expired.has(body.ShardIterator) ? { fail: { type: 'ExpiredIteratorException' } } : undefined
  })
  const projector = await start()
  await fill(10)
  await until(() => asked > 5, patienceMs, 'a few pages')
  await fill(5)
  await settle(projector)
})

test('stop_is_prompt', async () => {
  let letGo = () => {}
  const held = new Promise<void>((resolve) => {
    letGo = resolve
  })
  let running = 0
  const projector = await start({
    beforeCommit: async () => {
      running++
      await held
      running--
    },
  })
  await fill(1)
  await until(() => running === 1, patienceMs, 'the hook')
  let stopped = false
  const stopping = projector.stop().then(() => {
    stopped = true
  })
  // Another one comes and goes meanwhile: whoever does not wait has answered long before.
  await (await start()).stop()
  expect(stopped).toBe(false)
  letGo()
  await until(() => stopped, patienceMs, 'the end of stop()')
  await stopping
  const requests = table.proxy.log.length
  await roundTrips(10)
  expect(table.proxy.log.length).toBe(requests)
  await until(() => table.proxy.openConnections === 0, patienceMs, 'the end of every connection')
  // Nothing is lost by it.
  await settle(await start())
})
