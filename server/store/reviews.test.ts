import { describe, expect, test } from 'vitest'
import type { ApplyReview, ItemState } from './store.ts'
import { apply, fresh, noon, reviewInput } from './test-data.ts'
import { dialects, storeWithLearner } from './test-store.ts'

const withoutVersion = (state: ItemState | null) => JSON.stringify({ ...state, version: null })

describe.each(dialects)('reviews on %s', (dialect) => {
  test('an answer is the new state, in the log, and in the figures', async () => {
    const { store, learnerId } = await storeWithLearner(dialect)
    const input = reviewInput(learnerId, 'card:1')
    const answered = await store.reviews.answer(input, fresh('card:1'), apply)

    expect(answered).toMatchObject({ replayed: false, moved: false, state: { version: 1 } })
    expect(answered.state.memory).toEqual(apply(fresh('card:1'), input)?.memory)
    expect(await store.items.state(learnerId, 'card:1')).toEqual(answered.state)
    expect(await store.items.states(learnerId)).toEqual([answered.state])
    expect(await store.reviews.ofItem(learnerId, 'card:1')).toEqual([answered.review])
    expect(await store.reviews.ofDay(learnerId, '2026-11-23')).toEqual([answered.review])
    expect(await store.reviews.perDay(learnerId, '2026-11-23')).toEqual([
      { day: '2026-11-23', reviews: 1, durationMs: 4000 },
    ])
    expect(await store.reviews.perDay(learnerId, '2026-11-24')).toEqual([])
    expect(await store.counts()).toEqual({ reviews: 1, submissions: 0 })
  })

  test('50 parallel posts of one id are one review', async () => {
    const { store, learnerId } = await storeWithLearner(dialect)
    const input = reviewInput(learnerId, 'card:1')
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => store.reviews.answer(input, fresh('card:1'), apply)),
    )

    expect(answers.filter((answer) => !answer.replayed)).toHaveLength(1)
    expect(new Set(answers.map((answer) => JSON.stringify([answer.review, answer.state])))).toHaveProperty('size', 1)
    expect(await store.reviews.ofItem(learnerId, 'card:1')).toHaveLength(1)
    expect((await store.items.state(learnerId, 'card:1'))?.version).toBe(1)
  })

  test('of 20 parallel answers to one version one is taken', async () => {
    const { store, learnerId } = await storeWithLearner(dialect)
    const answers = await Promise.allSettled(
      Array.from({ length: 20 }, () => store.reviews.answer(reviewInput(learnerId, 'card:1'), fresh('card:1'), apply)),
    )
    expect(answers.filter((answer) => answer.status === 'fulfilled')).toHaveLength(1)
    for (const answer of answers)
      if (answer.status === 'rejected') expect(answer.reason).toMatchObject({ code: 'stale-version' })
  })

  test('a known id with another rating is refused, and so is an unknown item or learner', async () => {
    const { store, learnerId } = await storeWithLearner(dialect)
    const input = reviewInput(learnerId, 'card:1')
    await store.reviews.answer(input, fresh('card:1'), apply)

    await expect(store.reviews.answer({ ...input, rating: 'again' }, fresh('card:1'), apply)).rejects.toMatchObject({
      code: 'id-reused',
    })
    const noItem = reviewInput(learnerId, 'card:none')
    await expect(store.reviews.answer(noItem, fresh('card:none'), apply)).rejects.toMatchObject({ code: 'not-found' })
    const nobody = reviewInput('nobody', 'card:1')
    await expect(store.reviews.answer(nobody, fresh('card:1'), apply)).rejects.toMatchObject({ code: 'not-found' })
    expect(await store.counts()).toEqual({ reviews: 1, submissions: 0 })
  })

  test('a rating that decides for practice writes nothing', async () => {
    const { store, learnerId } = await storeWithLearner(dialect)
    const practice: ApplyReview = () => null
    const answered = await store.reviews.answer(
      reviewInput(learnerId, 'card:1', { version: null }),
      fresh('card:1'),
      practice,
    )
    expect(answered).toEqual({ review: null, state: fresh('card:1'), replayed: false, moved: false })
    expect(await store.items.states(learnerId)).toEqual([])
  })

  test('undo puts back everything but the version, 30 deep, and leaves no trace in a figure', async () => {
    const { store, learnerId } = await storeWithLearner(dialect)
    const picture = async () => {
      const states = await store.items.states(learnerId)
      const figures = await Promise.all([
        store.reviews.ofDay(learnerId, '2026-11-23'),
        store.reviews.ofItem(learnerId, 'card:1'),
        store.reviews.perDay(learnerId, '2026-01-01'),
        store.reviews.mature(learnerId, 0),
        store.reviews.medianDurations(learnerId).then((medians) => [...medians].sort()),
        store.counts(),
      ])
      return JSON.stringify([
        states.map((state) => ({ ...state, version: null })).sort((a, b) => (a.itemId < b.itemId ? -1 : 1)),
        figures,
      ])
    }
    const answer = async (step: number) => {
      const itemId = `card:${step % 2}`
      const version = (await store.items.state(learnerId, itemId))?.version ?? 0
      const rating = step % 5 === 0 ? 'again' : 'good'
      const more = { version, rating, answeredAt: noon + step * 1000, durationMs: 1000 * (step % 7) } as const
      await store.reviews.answer(reviewInput(learnerId, itemId, more), fresh(itemId), apply)
    }
    // Both have a row, so that the first picture is one of states and not of absences.
    await answer(0)
    await answer(1)
    const pictures: string[] = []
    for (let step = 2; step < 34; step++) {
      pictures.push(await picture())
      await answer(step)
    }
    expect(await store.reviews.canUndo(learnerId)).toBe(true)
    for (const before of pictures.reverse()) {
      await store.reviews.undo(learnerId)
      expect(await picture()).toBe(before)
    }
  })

  test('undo of the first answer leaves a new item; nothing is left to undo; the version has grown', async () => {
    const { store, learnerId } = await storeWithLearner(dialect)
    const input = reviewInput(learnerId, 'card:1')
    await store.reviews.answer(input, fresh('card:1'), apply)
    const undone = await store.reviews.undo(learnerId)

    expect(undone.review).toMatchObject({ id: input.id, undone: true })
    expect(withoutVersion(undone.state)).toBe(withoutVersion(fresh('card:1')))
    expect(await store.items.state(learnerId, 'card:1')).toEqual({ ...fresh('card:1'), version: 2 })
    expect(await store.reviews.canUndo(learnerId)).toBe(false)
    await expect(store.reviews.undo(learnerId)).rejects.toMatchObject({ code: 'nothing-to-undo' })
  })

  test('a post repeated after its undo stays undone', async () => {
    const { store, learnerId } = await storeWithLearner(dialect)
    const input = reviewInput(learnerId, 'card:1')
    await store.reviews.answer(input, fresh('card:1'), apply)
    await store.reviews.undo(learnerId)
    const again = await store.reviews.answer(input, fresh('card:1'), apply)
    expect(again).toMatchObject({
      replayed: true,
      review: { undone: true },
      state: { version: 2, memory: { state: 'new' } },
    })
  })

  test('figures for retention hold only mature reviews since an instant', async () => {
    const { store, learnerId } = await storeWithLearner(dialect)
    for (let step = 0; step < 9; step++) {
      const more = { version: step, answeredAt: noon + step, rating: step === 8 ? 'again' : 'good' } as const
      await store.reviews.answer(reviewInput(learnerId, 'card:1', more), fresh('card:1'), apply)
    }
    const log = await store.reviews.ofItem(learnerId, 'card:1')
    const mature = log.filter(({ before }) => before.memory.stability >= 21)
    expect(mature.length).toBeGreaterThan(2)
    expect(await store.reviews.mature(learnerId, 0)).toEqual(
      mature.map(({ rating }) => ({ itemId: 'card:1', day: '2026-11-23', stateBefore: 'review', rating })),
    )
    expect(await store.reviews.mature(learnerId, noon + 8)).toHaveLength(1)
  })

  test('the expected duration is the median of the last nine', async () => {
    const { store, learnerId } = await storeWithLearner(dialect)
    for (let step = 0; step < 12; step++) {
      const more = { version: step, answeredAt: noon + step, durationMs: step < 3 ? 90_000 : step * 1000 }
      await store.reviews.answer(reviewInput(learnerId, 'card:1', more), fresh('card:1'), apply)
    }
    expect(await store.reviews.medianDurations(learnerId)).toEqual(new Map([['card:1', 7000]]))
  })
})
