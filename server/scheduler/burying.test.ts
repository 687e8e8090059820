import { describe, expect, test } from 'vitest'
import { addDays } from './day.ts'
import { clockOn, learningItem, minuteMs, newItem, randomRating, reviewItem, seededRandom, today } from './examples.ts'
import { buildQueue } from './queue.ts'
import { answer } from './schedule.ts'
import { type Clock, defaultSettings, type QueueItem, type QueueOptions } from './types.ts'

const settings = { ...defaultSettings, newPerDay: 1000, reviewsPerDay: 1000 }
const optionsAt = (clock: Clock, answered: string[] = []): QueueOptions => ({
  settings,
  clock,
  doneToday: { new: 0, reviews: 0, siblings: new Set(answered) },
})

/** Notes of up to four cards, each new, due or in learning. */
function randomItems(random: () => number, clock: Clock): QueueItem[] {
  return Array.from({ length: 60 }, (_, n) => {
    const siblings = `note-${Math.floor(random() * 20)}`
    const drawn = random()
    if (drawn < 0.4) return newItem(`i${n}`, { siblings, order: n })
    if (drawn < 0.8) return reviewItem(`i${n}`, Math.floor(random() * 20), { siblings })
    return learningItem(`i${n}`, Math.floor(random() * 30) - 15, clock.now, { siblings })
  })
}

const keyOf = (items: QueueItem[], id: string) => items.find((item) => item.id === id)?.siblings

describe('siblings', () => {
  test('of one note, one is offered', () => {
    const items = [reviewItem('a1', 3, { siblings: 'a' }), newItem('a2', { siblings: 'a' }), reviewItem('b', 1)]
    expect(buildQueue(items, optionsAt(clockOn(today))).map(({ id }) => id)).toEqual(['a1', 'b'])
  })

  test('a card beyond the limit buries none', () => {
    const items = [reviewItem('a1', 3, { siblings: 'a' }), newItem('a2', { siblings: 'a' })]
    const noReviews = { ...optionsAt(clockOn(today)), settings: { ...settings, reviewsPerDay: 0 } }
    expect(buildQueue(items, noReviews)).toEqual([{ id: 'a2', why: 'new' }])
  })

  test('an answered card never buries itself: its next learning step comes, its sibling does not', () => {
    const clock = clockOn(today)
    const items = [learningItem('a1', -1, clock.now, { siblings: 'a' }), reviewItem('a2', 0, { siblings: 'a' })]
    expect(buildQueue(items, optionsAt(clock, ['a']))).toEqual([{ id: 'a1', why: 'learning' }])
  })

  test('nor after a flight west, where the day it was answered on is still to come', () => {
    const clock = clockOn(today)
    const item = learningItem('a1', -1, clock.now, { siblings: 'a' })
    const ahead = { ...item, memory: { ...item.memory, lastReviewDay: addDays(today, 1) } }
    expect(buildQueue([ahead], optionsAt(clock, ['a']))).toHaveLength(1)
  })

  test('two that are both in their learning steps are never adjacent', () => {
    const clock = clockOn(today)
    const items = [
      learningItem('a1', -9, clock.now, { siblings: 'a' }),
      learningItem('a2', -8, clock.now, { siblings: 'a' }),
      learningItem('b', -7, clock.now),
      reviewItem('c', 0),
    ]
    expect(buildQueue(items, optionsAt(clock, ['a'])).map(({ id }) => id)).toEqual(['a1', 'b', 'a2', 'c'])
  })

  test('property: never adjacent, in 200 random queues, time-boxed or not', () => {
    for (let seed = 1; seed <= 200; seed++) {
      const clock = clockOn(today)
      const items = randomItems(seededRandom(seed), clock)
      const budget = seed % 2 ? {} : { budgetMs: 10 * minuteMs }
      const keys = buildQueue(items, { ...optionsAt(clock), ...budget }).map(({ id }) => keyOf(items, id))
      expect(keys.length).toBeGreaterThan(5)
      keys.forEach((key, n) => {
        if (n > 0) expect(key).not.toBe(keys[n - 1])
      })
    }
  })

  test('property: buried siblings are back at the rollover, their memory untouched', () => {
    for (let seed = 1; seed <= 50; seed++) {
      const random = seededRandom(seed)
      let clock = clockOn(today)
      let items = randomItems(random, clock).filter(({ memory }) => memory.state !== 'learning')
      const before = new Map(items.map((item) => [item.id, structuredClone(item)]))
      const answered = new Set<string>()
      const answeredKeys: string[] = []

      for (;;) {
        const next = buildQueue(items, optionsAt(clock, answeredKeys)).find(({ id }) => !answered.has(id))
        if (!next) break
        clock = { ...clock, now: clock.now + 1000 }
        items = items.map((item) => {
          if (item.id !== next.id) return item
          return { ...item, memory: answer(item.memory, randomRating(random), clock, settings, item.id) }
        })
        answered.add(next.id)
        answeredKeys.push(keyOf(items, next.id) as string)
      }
      expect(new Set(answeredKeys).size).toBe(answeredKeys.length)

      const buried = items.filter(({ id }) => !answered.has(id))
      expect(buried.length).toBeGreaterThan(10)
      for (const item of buried) expect(item).toEqual(before.get(item.id))

      // One by one, since siblings that are back together wait for each other again.
      const rollover = clockOn(addDays(today, 1), 0)
      const justBefore = { ...rollover, now: rollover.now - 1 }
      for (const item of buried) {
        expect(buildQueue([item], optionsAt(justBefore, answeredKeys))).toEqual([])
        expect(buildQueue([item], optionsAt(rollover))).toHaveLength(1)
      }
    }
  })
})
