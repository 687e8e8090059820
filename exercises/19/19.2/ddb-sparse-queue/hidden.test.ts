import { setTimeout as pause } from 'node:timers/promises'
import { DeleteCommand, ScanCommand } from '@aws-sdk/lib-dynamodb'
import { random, type Submission, submission, use } from 'drillbase/kit'
import { expect, test } from 'vitest'
import { type Ticket, tables } from './fixture.ts'

const desk = use.dynamodb({ tables })
/** Somebody who asks one after another is let through in the end. */
const patienceMs = 1_000

const open = (ticket: Ticket) => submission.call<boolean>('openTicket', desk.cfg, ticket)
const claim = (queue: string, worker: string, by: Submission = submission) =>
  by.call<string | null>('claimNext', desk.cfg, queue, worker)
const reopen = (id: string | null, worker: string) => submission.call<boolean>('reopen', desk.cfg, id, worker)
const finish = (id: string | null, worker: string) => submission.call<boolean>('finish', desk.cfg, id, worker)

/** So many tickets of one priority, oldest first, opened in any order. Returns their ids by age. */
async function fill(queue: string, count: number): Promise<string[]> {
  const priority = random.int(1, 9)
  const since = random.int(1_000_000, 9_000_000)
  const tickets = Array.from({ length: count }, (_, age) => ({
    id: random.name('t-'),
    queue,
    priority,
    at: since + age,
  }))
  const opened = await Promise.all(random.shuffle(tickets).map(open))
  expect(opened).toEqual(tickets.map(() => true))
  return tickets.map(({ id }) => id)
}

async function indexed(): Promise<string[]> {
  const { Items = [] } = await desk.inspect.doc.send(new ScanCommand({ TableName: 'tickets', IndexName: 'open' }))
  return Items.map(({ id }) => id).sort()
}
const owners = async () =>
  Object.fromEntries((await desk.scan('tickets')).filter(({ worker }) => worker).map(({ id, worker }) => [id, worker]))

/** The index stands still: each question to it gets the first answer again, as if it lagged far behind its table. */
function freezeIndex(): void {
  const answers = new Map<string, unknown>()
  desk.proxy.rule((op, body) => {
    if (op !== 'Query' && op !== 'Scan') return undefined
    const question = JSON.stringify(body)
    return {
      after(answer) {
        if (!answers.has(question)) answers.set(question, answer)
        return answers.get(question)
      },
    }
  })
}

test('order_is_priority_then_age', async () => {
  const [queue, other] = [random.name('queue-'), random.name('queue-')]
  await fill(other, 2)
  // As texts they are in another order, and so are they when they are taken from 999.
  const priorities = [0, 9, 10, 989, 994]
  const tickets = Array.from({ length: 10 }, (_, index) => ({
    id: random.name('t-'),
    queue,
    priority: priorities[index % 5] as number,
    // Times of five digits and of twelve, each priority in both; as texts the later one would be first.
    at: index < 5 ? random.int(50_000, 99_999) : random.int(100_000_000_000, 499_999_999_999),
  }))
  await Promise.all(random.shuffle(tickets).map(open))
  const expected = tickets.sort((a, b) => b.priority - a.priority || a.at - b.at).map(({ id }) => id)
  const claimed: (string | null)[] = []
  for (const _ of expected) claimed.push(await claim(queue, 'ann'))
  expect(claimed).toEqual(expected)
  expect(await claim(queue, 'ann')).toBeNull()
  expect(await indexed()).toHaveLength(2)
})

test('index_holds_open_tickets_only', async () => {
  const queue = random.name('queue-')
  const ids = await fill(queue, random.int(5, 7))
  expect(await indexed()).toEqual([...ids].sort())
  const [first, second] = [await claim(queue, 'ann'), await claim(queue, 'bob')]
  expect(await finish(second, 'bob')).toBe(true)
  expect([first, second]).toEqual(ids.slice(0, 2))
  expect(await indexed()).toEqual(ids.slice(2).sort())
  const status = new Map((await desk.scan('tickets')).map((ticket) => [ticket.id, ticket.status]))
  expect([status.get(first), status.get(second), status.get(ids[2])]).toEqual(['claimed', 'done', 'open'])
})

test('concurrent_claims_are_distinct', async () => {
  const queue = random.name('queue-')
  const other = await submission.spawn()
  const ids = await fill(queue, random.int(6, 8))
  const workers = Array.from({ length: 12 }, (_, index) => `worker-${index}`)
  // Nobody is answered before everybody has asked: all of them see the same first entry.
  const everybody = Promise.withResolvers<void>()
  let asked = 0
  const isLast = () => ++asked === workers.length
  desk.proxy.rule((op) => {
    if (op !== 'Query' && op !== 'Scan') {
      if (isLast()) everybody.resolve()
      return undefined
    }
    return {
      async after(answer) {
        // Counted when the engine has answered: a read that has only arrived may still be overtaken by a write.
        if (isLast()) everybody.resolve()
        await Promise.race([everybody.promise, pause(patienceMs, undefined, { ref: false })])
        // Waiting in vain once is enough.
        everybody.resolve()
        return answer
      },
    }
  })
  const claims = workers.map((worker, index) => claim(queue, worker, index % 2 === 0 ? submission : other))
  const claimed = (await Promise.all(claims)).filter((id) => id !== null)
  expect(claimed.sort()).toEqual(ids.sort())
})

test('stale_index_entries_are_skipped', async () => {
  const queue = random.name('queue-')
  const [first, second, third, last] = (await fill(queue, 4)) as [string, string, string, string]
  freezeIndex()
  expect(await claim(queue, 'ann')).toBe(first)
  // The archive took one that the index still shows.
  await desk.inspect.doc.send(new DeleteCommand({ TableName: 'tickets', Key: { id: second } }))
  expect(await claim(queue, 'bob')).toBe(third)
  expect(await claim(queue, 'cid')).toBe(last)
  expect(await claim(queue, 'dan')).toBeNull()
  expect(await owners()).toEqual({ [first]: 'ann', [third]: 'bob', [last]: 'cid' })
})

test('only_the_owner_finishes_or_reopens', async () => {
  const queue = random.name('queue-')
  const [id, waiting] = (await fill(queue, 2)) as [string, string]
  const [me, thief] = [random.name('worker-'), random.name('worker-')]
  const ghost = random.name('ghost-')
  expect(await claim(queue, me)).toBe(id)
  for (const wrong of random.shuffle([id, waiting, ghost])) {
    expect(await finish(wrong, thief)).toBe(false)
    expect(await reopen(wrong, thief)).toBe(false)
  }
  expect(await owners()).toEqual({ [id]: me })
  expect(await finish(id, me)).toBe(true)
  expect(await finish(id, me)).toBe(false)
  expect(await reopen(id, me)).toBe(false)
  expect(await indexed()).toEqual([waiting])
  expect((await desk.scan('tickets')).map((ticket) => ticket.id).sort()).toEqual([id, waiting].sort())
})

test('claim_reads_a_stretch_of_the_index', async () => {
  const queue = random.name('queue-')
  const ids = await fill(queue, random.int(30, 40))
  const before = desk.proxy.log.length
  expect(await claim(queue, 'ann')).toBe(ids[0])
  const requests = desk.proxy.log.slice(before)
  expect(requests.map(({ op }) => op)).toEqual(['Query', 'UpdateItem'])
  const [query] = requests
  expect(query?.body).toMatchObject({ IndexName: 'open' })
  expect(query?.body).not.toHaveProperty('FilterExpression')
  expect(query?.body.Limit).toBeLessThanOrEqual(25)
})

test('reopened_ticket_keeps_its_place', async () => {
  const queue = random.name('queue-')
  const [first, second] = await fill(queue, 3)
  expect(await claim(queue, 'ann')).toBe(first)
  expect(await claim(queue, 'bob')).toBe(second)
  expect(await reopen(first as string, 'ann')).toBe(true)
  expect(await reopen(first as string, 'ann')).toBe(false)
  expect(await claim(queue, 'cid')).toBe(first)
  expect(await owners()).toEqual({ [first as string]: 'cid', [second as string]: 'bob' })
})

test('opening_twice_does_not_resurrect', async () => {
  const queue = random.name('queue-')
  const ticket = { id: random.name('t-'), queue, priority: random.int(1, 9), at: random.int(1_000, 9_000) }
  expect(await open(ticket)).toBe(true)
  expect(await open(ticket)).toBe(false)
  expect(await claim(queue, 'ann')).toBe(ticket.id)
  expect(await open({ ...ticket, priority: 500 })).toBe(false)
  expect(await indexed()).toEqual([])
  expect(await owners()).toEqual({ [ticket.id]: 'ann' })
})
