import { describe, expect, test } from 'vitest'
import type { Rating } from '../scheduler/types.ts'
import { apply, fresh, noon, reviewInput } from './test-data.ts'
import { dialects, storeWithLearner } from './test-store.ts'

describe.each(dialects)('correcting a rating on %s', (dialect) => {
  async function rated() {
    const { store, learnerId } = await storeWithLearner(dialect)
    const itemId = 'exercise:a'
    const { submission } = await store.submissions.create({
      id: crypto.randomUUID(),
      learnerId,
      exerciseId: 'a',
      language: 'python',
      code: 'code',
      activeMs: null,
      seed: 'seed',
      createdAt: noon,
    })
    const submissionId = submission.id
    const rate = (more = {}) => store.reviews.answer(reviewInput(learnerId, itemId, more), fresh(itemId), apply)
    const from = { origin: 'grading' as const, submissionId, version: null }
    await rate(from)
    const correct = (rating: Rating, id: string = crypto.randomUUID()) =>
      store.reviews.correct({ id, learnerId, submissionId, rating }, apply)
    const state = () => store.items.state(learnerId, itemId)
    const log = () => store.reviews.ofItem(learnerId, itemId)
    return { store, learnerId, itemId, submissionId, rate, correct, state, log }
  }

  test('the item is as if it had been rated so at once, and one rating counts', async () => {
    const { store, submissionId, correct, state, log } = await rated()
    const before = await state()
    const review = await correct('again')
    expect(review).toMatchObject({ rating: 'again', submissionId, origin: 'grading', answeredAt: noon, undone: false })
    expect(await log()).toEqual([review])
    expect(await store.reviews.bySubmission(submissionId)).toEqual(review)
    const now = await state()
    expect(now).toEqual(review.after)
    expect(now?.version).toBe((before?.version ?? 0) + 1)
    expect(now?.memory).toEqual(apply(fresh('exercise:a'), { ...review, rating: 'again' })?.memory)
  })

  test('it can be corrected again, and the last word stands', async () => {
    const { correct, log } = await rated()
    for (const rating of ['again', 'hard', 'easy'] as const) await correct(rating)
    expect((await log()).map(({ rating }) => rating)).toEqual(['easy'])
  })

  test('the same correction twice is one, with another rating it is refused', async () => {
    const { correct, state } = await rated()
    const id = crypto.randomUUID()
    const once = await correct('hard', id)
    expect(await correct('hard', id)).toEqual(once)
    expect((await state())?.version).toBe(2)
    await expect(correct('easy', id)).rejects.toMatchObject({ code: 'id-reused' })
  })

  test('many corrections at once leave one rating', async () => {
    const { correct, log } = await rated()
    await Promise.all(Array.from({ length: 8 }, (_, n) => correct(n % 2 ? 'hard' : 'easy')))
    expect(await log()).toHaveLength(1)
  })

  test('undo takes the corrected one back as a whole', async () => {
    const { store, learnerId, correct, state, log } = await rated()
    await correct('hard')
    await store.reviews.undo(learnerId)
    expect(await log()).toEqual([])
    expect((await state())?.memory).toEqual(fresh('exercise:a').memory)
  })

  test.each([
    [
      'a later review of the item',
      (all: Awaited<ReturnType<typeof rated>>) => all.rate({ answeredAt: noon + 5, version: 1 }),
    ],
    ['an undo', ({ store, learnerId }: Awaited<ReturnType<typeof rated>>) => store.reviews.undo(learnerId)],
  ])('after %s nothing is corrected any more', async (_, change) => {
    const all = await rated()
    await change(all)
    const before = await all.state()
    await expect(all.correct('hard')).rejects.toMatchObject({ code: 'nothing-to-correct' })
    expect(await all.state()).toEqual(before)
  })

  test('a submission that was not rated has nothing to correct, nor has a stranger', async () => {
    const { store, learnerId, submissionId } = await rated()
    const correction = {
      id: crypto.randomUUID(),
      learnerId,
      submissionId: crypto.randomUUID(),
      rating: 'hard' as const,
    }
    await expect(store.reviews.correct(correction, apply)).rejects.toMatchObject({ code: 'nothing-to-correct' })
    await expect(
      store.reviews.correct({ ...correction, submissionId, learnerId: 'nobody' }, apply),
    ).rejects.toMatchObject({ code: 'not-found' })
  })
})
