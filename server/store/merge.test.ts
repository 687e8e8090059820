import { describe, expect, test } from 'vitest'
import type { ItemState, ReviewInput, Store } from './store.ts'
import { apply, fresh, noon, reviewInput } from './test-data.ts'
import { dialects, storeWithLearner } from './test-store.ts'

const item = 'card:1'
const answer = (store: Store, input: ReviewInput) => store.reviews.answer(input, fresh(item), apply)

/** What one device after another would have made of it. */
function replayed(inputs: ReviewInput[]): ItemState['memory'] {
  let state = fresh(item)
  for (const input of inputs.toSorted((a, b) => a.answeredAt - b.answeredAt || (a.id < b.id ? -1 : 1)))
    state = { ...state, ...apply(state, input) }
  return state.memory
}

describe.each(dialects)('merging reviews on %s', (dialect) => {
  test('two devices, reported in any order, end at the replay of the merged log', async () => {
    const ratings = ['good', 'again', 'hard', 'good', 'easy'] as const
    for (const order of [
      [0, 1, 2, 3, 4],
      [4, 3, 2, 1, 0],
      [2, 0, 4, 1, 3],
      [3, 4, 0, 1, 2],
    ]) {
      const { store, learnerId } = await storeWithLearner(dialect)
      // Two of them at the same instant.
      const inputs = ratings.map((rating, number) =>
        reviewInput(learnerId, item, {
          rating,
          answeredAt: noon + Math.min(number, 3) * 1000,
          version: 0,
          merge: true,
        }),
      )
      for (const number of order) await answer(store, inputs[number] ?? expect.fail())

      const state = await store.items.state(learnerId, item)
      expect(state?.memory).toEqual(replayed(inputs))
      expect(state?.version).toBe(5)
      const log = await store.reviews.ofItem(learnerId, item)
      expect(log.map((row) => row.after.memory).at(-1)).toEqual(state?.memory)
      for (const [index, row] of log.slice(1).entries()) expect(row.before.memory).toEqual(log[index]?.after.memory)
    }
  })

  test('a review that comes late says that others moved, and a repeated post of it does nothing', async () => {
    const { store, learnerId } = await storeWithLearner(dialect)
    await answer(store, reviewInput(learnerId, item, { answeredAt: noon + 5000 }))
    const late = reviewInput(learnerId, item, { rating: 'again', merge: true })
    expect(await answer(store, late)).toMatchObject({ moved: true, state: { version: 2 } })
    expect(await answer(store, late)).toMatchObject({ moved: false, replayed: true, state: { version: 2 } })
    const onTime = reviewInput(learnerId, item, { answeredAt: noon + 9000, merge: true })
    expect(await answer(store, onTime)).toMatchObject({ moved: false, replayed: false, state: { version: 3 } })
  })

  test('after an undo since, it is kept aside: shown, in no figure, and it changes nothing', async () => {
    const { store, learnerId } = await storeWithLearner(dialect)
    await answer(store, reviewInput(learnerId, item))
    const { state } = await store.reviews.undo(learnerId)
    const late = reviewInput(learnerId, item, { version: 1, merge: true, answeredAt: noon + 1 })
    const kept = await answer(store, late)

    expect(kept).toMatchObject({ review: { setAside: true }, moved: false, replayed: false, state })
    expect(await store.items.state(learnerId, item)).toEqual(state)
    expect(await store.reviews.setAside(learnerId)).toEqual([kept.review])
    expect(await store.reviews.ofItem(learnerId, item)).toEqual([])
    expect(await store.counts()).toEqual({ reviews: 0, submissions: 0 })
    expect(await store.reviews.canUndo(learnerId)).toBe(false)
    expect(await answer(store, late)).toMatchObject({ replayed: true, review: { setAside: true } })
    const seen = reviewInput(learnerId, item, { version: state.version, merge: true })
    expect(await answer(store, seen)).toMatchObject({ review: { setAside: false }, state: { version: 3 } })
  })

  test('merged reviews are undone from the latest on, down to where it began', async () => {
    const { store, learnerId } = await storeWithLearner(dialect)
    const last = reviewInput(learnerId, item, { answeredAt: noon + 5000 })
    await answer(store, last)
    const late = reviewInput(learnerId, item, { rating: 'again', merge: true })
    await answer(store, late)

    expect((await store.reviews.undo(learnerId)).review.id).toBe(last.id)
    expect((await store.items.state(learnerId, item))?.memory).toEqual(replayed([late]))
    expect((await store.reviews.undo(learnerId)).review.id).toBe(late.id)
    expect((await store.items.state(learnerId, item))?.memory).toEqual(fresh(item).memory)
  })

  test('a clock set back puts an answer after the one before it, never into the past', async () => {
    const { store, learnerId } = await storeWithLearner(dialect)
    const first = await answer(store, reviewInput(learnerId, item, { answeredAt: noon + 60_000 }))
    const second = await answer(store, reviewInput(learnerId, item, { answeredAt: noon, version: 1 }))
    expect(second.review?.answeredAt).toBe(noon + 60_001)
    expect(second.review?.before).toEqual(first.state)
    expect(second).toMatchObject({ moved: false, state: { version: 2 } })
  })
})
