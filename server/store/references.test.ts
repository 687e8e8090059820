import { expect, test } from 'vitest'
import { dialects, opened, ownPlace } from './test-store.ts'

test.each(dialects)(
  'figures of a reference belong to its language and suite, and the newest suite replaces others (%s)',
  async (dialect) => {
    const store = await opened(await ownPlace(dialect))
    const key = { exerciseId: 'a', language: 'python' as const, suiteHash: 'one' }
    expect(await store.references.traffic(key)).toBeNull()
    await store.references.save({ ...key, traffic: { redis: { statements: 3 } }, measuredAt: 1 })
    expect(await store.references.traffic(key)).toEqual({ redis: { statements: 3 } })
    expect(await store.references.traffic({ ...key, language: 'typescript' })).toBeNull()
    await store.references.save({ ...key, suiteHash: 'two', traffic: {}, measuredAt: 2 })
    expect(await store.references.traffic(key)).toBeNull()
    expect(await store.references.traffic({ ...key, suiteHash: 'two' })).toEqual({})
  },
)
