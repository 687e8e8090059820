import { describe, expect, test } from 'vitest'
import { noon } from './test-data.ts'
import { dialects, storeWithLearner } from './test-store.ts'

describe.each(dialects)('hints on %s', (dialect) => {
  async function exercise() {
    const { store, learnerId } = await storeWithLearner(dialect)
    const take = (step: number, takenAt: number, since = 0) =>
      store.hints.take({ learnerId, exerciseId: 'a', step, takenAt, since })
    const steps = async (since: number) => (await store.hints.takenSince(learnerId, 'a', since)).map(({ step }) => step)
    return { store, learnerId, take, steps }
  }

  test('steps are taken one after another and remembered with their time', async () => {
    const { store, learnerId, take } = await exercise()
    expect(await take(1, noon)).toEqual([{ step: 1, takenAt: noon }])
    await expect(take(3, noon + 1)).rejects.toMatchObject({ code: 'hint-not-next' })
    await take(2, noon + 2)
    expect(await store.hints.takenSince(learnerId, 'a', 0)).toEqual([
      { step: 1, takenAt: noon },
      { step: 2, takenAt: noon + 2 },
    ])
    expect(await store.hints.takenSince(learnerId, 'b', 0)).toEqual([])
  })

  test('one step asked for many times at once is taken once', async () => {
    const { take, steps } = await exercise()
    await Promise.all(Array.from({ length: 10 }, (_, n) => take(1, noon + n)))
    expect(await steps(0)).toEqual([1])
  })

  test('what was taken before an instant does not count after it, and is taken again from the first', async () => {
    const { take, steps } = await exercise()
    await take(1, noon)
    await take(2, noon)
    expect(await steps(noon + 1)).toEqual([])
    await expect(take(3, noon + 5, noon + 1)).rejects.toMatchObject({ code: 'hint-not-next' })
    expect(await take(1, noon + 5, noon + 1)).toHaveLength(1)
    expect(await steps(noon + 1)).toEqual([1])
  })

  test('a learner who does not exist takes none', async () => {
    const { store } = await exercise()
    const hint = { learnerId: 'nobody', exerciseId: 'a', step: 1, takenAt: noon, since: 0 }
    await expect(store.hints.take(hint)).rejects.toMatchObject({ code: 'not-found' })
  })
})
