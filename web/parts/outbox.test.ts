import { expect, test } from 'vitest'
import type { ReviewReply, ReviewRequest } from '../../server/api/contract.ts'
import { createOutbox, type OutboxStorage } from './outbox.ts'

class Refused extends Error {}
const review = (n: number): ReviewRequest => ({
  id: `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`,
  item: `card:${n}`,
  version: 0,
  rating: 'good',
  answeredAt: new Date(Date.UTC(2026, 0, 1, 8, 0, n)).toISOString(),
  durationMs: 1_000,
})

/** A storage as localStorage is, kept in `entries` so that a second page can open it. */
function storage(entries = new Map<string, string>()): OutboxStorage & { entries: Map<string, string> } {
  return {
    entries,
    names: () => [...entries.keys()],
    read: (name) => entries.get(name) ?? null,
    write(name, value) {
      if (value === null) entries.delete(name)
      else entries.set(name, value)
      return true
    },
  }
}

type Answer = 'saved' | 'silence' | 'refused' | Promise<'saved'>

/** A server that answers as told, then always saves; `sent` is what reached it. */
function page(kept: ReturnType<typeof storage>, answers: Answer[] = []) {
  const sent: ReviewRequest[] = []
  const refused: string[] = []
  const outbox = createOutbox({
    storage: kept,
    async send(one) {
      sent.push(one)
      const answer = await (answers.shift() ?? 'saved')
      if (answer === 'silence') throw new Error('no answer')
      if (answer === 'refused') throw new Refused()
      return { id: one.id } as ReviewReply
    },
    isRefusal: (error) => error instanceof Refused,
    onSaved: () => {},
    onRefused: (one) => refused.push(one.item),
    pause: () => new Promise((resolve) => setImmediate(resolve)),
    exclusively: (send) => send(),
  })
  const allSent = () =>
    new Promise<void>((resolve) => {
      const look = () => outbox.unsent().length === 0 && resolve()
      outbox.subscribe(look)
      look()
    })
  return { outbox, sent, refused, allSent }
}

test('answers are sent in the order in which they were given', async () => {
  const { outbox, sent, allSent } = page(storage())
  for (const n of [1, 2, 3]) outbox.add(review(n))
  await allSent()
  expect(sent).toEqual([review(1), review(2), review(3)])
})

test('an answer is stored before it is sent and removed once it is saved', async () => {
  const kept = storage()
  const { outbox, allSent } = page(kept)
  outbox.add(review(1))
  expect(kept.entries.size).toBe(1)
  await allSent()
  expect(kept.entries.size).toBe(0)
})

test('silence keeps the order, says so, and sends the same id again to take its place in time', async () => {
  const { outbox, sent, allSent } = page(storage(), ['silence', 'silence'])
  outbox.add(review(1))
  outbox.add(review(2))
  await outbox.settled()
  expect(outbox.stuck()).toBe(true)
  expect(outbox.unsent()).toHaveLength(2)
  await allSent()
  expect(outbox.stuck()).toBe(false)
  expect(sent.map(({ id }) => id)).toEqual([1, 1, 1, 2].map((n) => review(n).id))
  expect(sent.map(({ merge }) => merge)).toEqual([undefined, true, true, undefined])
})

test('a refused answer is told and never sent again; the next one goes on', async () => {
  const { outbox, sent, refused, allSent } = page(storage(), ['refused'])
  outbox.add(review(1))
  outbox.add(review(2))
  await allSent()
  expect(refused).toEqual(['card:1'])
  expect(sent).toHaveLength(2)
})

test('what an earlier page left behind is sent by the next one', async () => {
  const kept = storage()
  const closed = page(kept, [new Promise(() => {})])
  closed.outbox.add(review(1))
  closed.outbox.add(review(2))
  const next = page(kept)
  next.outbox.flush()
  await next.allSent()
  expect(next.sent.map(({ item }) => item)).toEqual(['card:1', 'card:2'])
  expect(kept.entries.size).toBe(0)
})

test('an answer can be taken back until it is on its way', async () => {
  let save = (_: 'saved') => {}
  const { outbox, sent, allSent } = page(storage(), [new Promise((resolve) => (save = resolve))])
  outbox.add(review(1))
  outbox.add(review(2))
  await new Promise((resolve) => setImmediate(resolve))
  expect(outbox.takeBack(review(1).id)).toBe(false)
  expect(outbox.takeBack(review(2).id)).toBe(true)
  save('saved')
  await allSent()
  expect(sent).toHaveLength(1)
})

test('an answer lives as long as the page where nothing can be stored', async () => {
  const broken = { names: () => [], read: () => null, write: () => false, entries: new Map<string, string>() }
  const { outbox, sent, allSent } = page(broken, ['silence'])
  outbox.add(review(1))
  await allSent()
  expect(sent).toHaveLength(2)
})
