import { describe, expect, test } from 'vitest'
import { addDays } from './day.ts'
import { clockOn, learningItem, minuteMs, newItem, reviewItem, today } from './examples.ts'
import { buildQueue, queueCounts } from './queue.ts'
import { retrievability } from './schedule.ts'
import { defaultSettings, type QueueItem, type QueueOptions } from './types.ts'

const clock = clockOn(today)
const nothingDone = { new: 0, reviews: 0, siblings: new Set<string>() }
const options = (change: Partial<QueueOptions> = {}): QueueOptions => ({
  settings: defaultSettings,
  clock,
  doneToday: nothingDone,
  ...change,
})
const ids = (items: QueueItem[], change: Partial<QueueOptions> = {}) =>
  buildQueue(items, options(change)).map(({ id }) => id)
const many = (count: number, make: (id: string, n: number) => QueueItem, prefix: string) =>
  Array.from({ length: count }, (_, n) => make(`${prefix}${n}`, n))

describe('the order', () => {
  test('is learning due now, reviews and new items, then learn-ahead', () => {
    const items = [
      newItem('n'),
      learningItem('ahead', 15, clock.now),
      reviewItem('r', 0),
      reviewItem('s', 1),
      learningItem('l', -1, clock.now),
    ]
    expect(buildQueue(items, options())).toEqual([
      { id: 'l', why: 'learning' },
      { id: 's', why: 'review' },
      { id: 'n', why: 'new' },
      { id: 'r', why: 'review' },
      { id: 'ahead', why: 'learn-ahead' },
    ])
    expect(queueCounts(buildQueue(items, options()))).toEqual({ learning: 1, review: 2, new: 1, 'learn-ahead': 1 })
  })

  test('of learning steps is by the minute, and one beyond the learn-ahead time is not in the queue', () => {
    const steps = [3, -2, 20, 21, -9].map((minutes) => learningItem(`${minutes}`, minutes, clock.now))
    expect(ids(steps)).toEqual(['-9', '-2', '3', '20'])
  })

  test('of reviews is by ascending retrievability', () => {
    const items = [5, 0, 90, 30, 1].map((daysOverdue) => reviewItem(`${daysOverdue}`, daysOverdue))
    expect(ids(items)).toEqual(['90', '30', '5', '1', '0'])
    const recall = items
      .sort((a, b) => ids(items).indexOf(a.id) - ids(items).indexOf(b.id))
      .map((item) => retrievability(item.memory, clock))
    expect(recall).toEqual(recall.toSorted((a, b) => a - b))
  })

  test('of new items is the course’s, spread evenly among the reviews', () => {
    const reviews = many(9, (id, n) => reviewItem(id, 20 - n), 'r')
    const fresh = [newItem('third', { order: 3 }), newItem('first', { order: 1 }), newItem('second', { order: 2 })]
    const queue = ids([...fresh, ...reviews])
    expect(queue.filter((id) => !id.startsWith('r'))).toEqual(['first', 'second', 'third'])
    expect(['first', 'second', 'third'].map((id) => queue.indexOf(id))).toEqual([2, 6, 9])
  })

  test('does not depend on the order the items come in', () => {
    const items = [...many(20, (id, n) => reviewItem(id, n % 4), 'r'), ...many(5, (id) => newItem(id), 'n')]
    expect(ids(items.toReversed())).toEqual(ids(items))
  })
})

describe('what is offered', () => {
  test('a review is there from the rollover of its day, not a millisecond before', () => {
    const item = reviewItem('a', 0)
    const rollover = clockOn(today, 0)
    expect(ids([item], { clock: rollover })).toEqual(['a'])
    expect(ids([item], { clock: { ...rollover, now: rollover.now - 1 } })).toEqual([])
  })

  test('suspended and locked items and those buried until later are not', () => {
    const items = [
      reviewItem('suspended', 0, { suspended: true }),
      newItem('locked', { kind: 'exercise', unlocked: false }),
      reviewItem('buried', 0, { buriedUntilDay: addDays(today, 1) }),
      reviewItem('back', 0, { buriedUntilDay: today }),
    ]
    expect(ids(items)).toEqual(['back'])
  })

  test('the limits count what was answered today and leave learning alone', () => {
    const items = [
      ...many(30, (id) => reviewItem(id, 0), 'r'),
      ...many(30, (id) => newItem(id), 'n'),
      ...many(30, (id) => learningItem(id, -1, clock.now), 'l'),
    ]
    const settings = { ...defaultSettings, newPerDay: 5, reviewsPerDay: 10 }
    const count = (doneNew: number, doneReviews: number) =>
      queueCounts(
        buildQueue(items, options({ settings, doneToday: { ...nothingDone, new: doneNew, reviews: doneReviews } })),
      )
    expect(count(0, 0)).toMatchObject({ learning: 30, review: 10, new: 5 })
    expect(count(3, 8)).toMatchObject({ learning: 30, review: 2, new: 2 })
    expect(count(9, 11)).toMatchObject({ learning: 30, review: 0, new: 0 })
  })
})

describe('a time box', () => {
  const seconds = (n: number) => ({ expectedMs: n * 1000 })

  test('holds what fits and passes over what does not', () => {
    const items = [
      reviewItem('long', 400, { ...seconds(1200), kind: 'exercise' }),
      ...many(50, (id) => reviewItem(id, 0, seconds(30)), 'r'),
    ]
    const queue = ids(items, { budgetMs: 15 * minuteMs })
    expect(queue).toHaveLength(30)
    expect(queue).not.toContain('long')
  })

  test('orders by gain per minute: the short before the long, the nearly forgotten before the fresh', () => {
    const items = [
      reviewItem('slow', 0, seconds(60)),
      reviewItem('quick', 0, seconds(10)),
      reviewItem('quick, nearly forgotten', 90, seconds(10)),
    ]
    expect(ids(items, { budgetMs: 60 * minuteMs })).toEqual(['quick, nearly forgotten', 'quick', 'slow'])
  })

  test('leaves out the least gain per minute when time is short', () => {
    const items = [
      reviewItem('exercise', 30, { ...seconds(600), kind: 'exercise' }),
      ...many(20, (id) => reviewItem(id, 0, seconds(30)), 'r'),
    ]
    expect(ids(items, { budgetMs: 10 * minuteMs })).not.toContain('exercise')
    expect(ids(items, { budgetMs: 20 * minuteMs })).toContain('exercise')
  })

  test('counts a new card once for each of its learning steps', () => {
    const items = many(10, (id) => newItem(id, seconds(30)), 'n')
    expect(ids(items, { budgetMs: 4 * minuteMs })).toHaveLength(4)
  })

  test('starts with the learning steps that are due', () => {
    const items = [reviewItem('r', 90, seconds(1)), learningItem('l', -1, clock.now, seconds(30))]
    expect(ids(items, { budgetMs: minuteMs })).toEqual(['l', 'r'])
  })

  test('of no time is empty', () => {
    expect(ids([reviewItem('r', 0)], { budgetMs: 0 })).toEqual([])
  })
})
