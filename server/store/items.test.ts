import { describe, expect, test } from 'vitest'
import { defaultSettings } from '../scheduler/types.ts'
import { apply, fresh, reviewInput } from './test-data.ts'
import { dialects, opened, ownPlace, storeWithLearner } from './test-store.ts'

describe.each(dialects)('items and learners on %s', (dialect) => {
  test('content that goes is marked and keeps its history; content that comes back is the same item', async () => {
    const { store, learnerId } = await storeWithLearner(dialect)
    const { state } = await store.reviews.answer(reviewInput(learnerId, 'card:1'), fresh('card:1'), apply)
    const all = (await store.items.all()).map(({ removed: _removed, ...item }) => item)
    await store.items.sync(all.filter((item) => item.id !== 'card:1').map((item) => ({ ...item, section: '62.2' })))

    const rows = await store.items.all()
    expect(rows.find((row) => row.id === 'card:1')).toEqual({
      id: 'card:1',
      kind: 'card',
      section: '62.1',
      removed: true,
    })
    expect(rows.filter((row) => row.section === '62.2' && !row.removed)).toHaveLength(all.length - 1)
    expect(await store.items.state(learnerId, 'card:1')).toEqual(state)
    await store.items.sync(all)
    expect(await store.items.all()).toEqual(all.map((item) => ({ ...item, removed: false })))
    expect(await store.reviews.ofItem(learnerId, 'card:1')).toHaveLength(1)
  })

  test('several thousand items are taken in one call', async () => {
    const { store } = await storeWithLearner(dialect)
    const items = Array.from({ length: 3500 }, (_, number) => ({
      id: `card:n${number}`,
      kind: 'card' as const,
      section: '1',
    }))
    await store.items.sync(items)
    const rows = await store.items.all()
    expect(rows.filter((row) => !row.removed)).toHaveLength(3500)
    expect(rows.filter((row) => row.removed)).toHaveLength(11)
  })

  test('the local learner is made once, in the time zone of the machine', async () => {
    const store = await opened(await ownPlace(dialect))
    const [first, second] = await Promise.all([
      store.learners.local(defaultSettings),
      store.learners.local(defaultSettings),
    ])
    const { timeZone } = Intl.DateTimeFormat().resolvedOptions()
    expect(second).toEqual(first)
    expect(first.settings).toEqual({ ...defaultSettings, timeZone })

    const settings = { ...defaultSettings, newPerDay: 7, desiredRetention: 0.1 + 0.2 }
    await store.learners.saveSettings(first.id, settings)
    expect(await store.learners.get(first.id)).toEqual({ ...first, settings })
    expect(await store.learners.get('nobody')).toBeNull()
    await expect(store.learners.saveSettings('nobody', settings)).rejects.toMatchObject({ code: 'not-found' })
  })
})
