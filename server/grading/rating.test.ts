import { describe, expect, test } from 'vitest'
import { exercise } from '../../graders/exercise.ts'
import { fresh, noon, reviewInput } from '../store/test-data.ts'
import { dialects, storeWithLearner } from '../store/test-store.ts'
import { ratingOfAcceptance } from './rating.ts'

const declared = exercise.parse({
  id: 'a',
  title: 'A',
  summary: 'A.',
  engines: [],
  languages: ['typescript'],
  minutes: 10,
  concepts: ['a'],
  functions: [{ name: 'a', result: 'int' }],
  tests: [{ name: 'a', hint: 'Look at it again.' }],
})

describe.each(dialects)('what an acceptance is rated on %s', (dialect) => {
  async function acceptance() {
    const { store, learnerId } = await storeWithLearner(dialect)
    const { submission } = await store.submissions.create({
      id: crypto.randomUUID(),
      learnerId,
      exerciseId: 'a',
      language: 'typescript',
      code: 'code',
      activeMs: 600_000,
      seed: 'seed',
      createdAt: noon,
    })
    const hint = (takenAt: number) => store.hints.take({ learnerId, exerciseId: 'a', step: 1, takenAt, since: 0 })
    const rating = async () => (await ratingOfAcceptance(store, submission, declared))?.input.rating
    return { store, learnerId, hint, rating }
  }

  test('unaided it is Good, after a hint Hard', async () => {
    const { hint, rating } = await acceptance()
    expect(await rating()).toBe('good')
    await hint(noon - 1)
    expect(await rating()).toBe('hard')
  })

  test('a hint that was taken after submitting does not count', async () => {
    const { hint, rating } = await acceptance()
    await hint(noon + 1)
    expect(await rating()).toBe('good')
  })

  test('nor does one from before the exercise came due', async () => {
    const { store, learnerId, hint, rating } = await acceptance()
    await hint(noon - 10_000)
    const input = reviewInput(learnerId, 'exercise:a', { answeredAt: noon - 5_000, version: null })
    await store.reviews.answer(input, fresh('exercise:a'), ({ memory }) => ({
      memory: { ...memory, state: 'review', dueAt: noon - 1_000, dueDay: '2026-11-23', lastReviewAt: noon - 5_000 },
      leech: false,
    }))
    expect(await rating()).toBe('good')
  })
})
