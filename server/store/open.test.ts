import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { openStore } from './open.ts'
import { directly, filledPlace, journalOf, later, openedWith } from './test-migration.ts'
import { dialects, opened } from './test-store.ts'

describe.each(dialects)('opening a store on %s', (dialect) => {
  test('what was written is there again', async () => {
    const { place, learnerId } = await filledPlace(dialect)
    const store = await opened(place)
    expect(await store.counts()).toEqual({ reviews: 50, submissions: 0 })
    expect((await store.items.state(learnerId, 'card:1'))?.version).toBe(50)
    expect(store.location).not.toContain('postgres:')
  })

  test('a store of a newer program is refused and not touched', async () => {
    const { place } = await filledPlace(dialect)
    await directly(
      place,
      `insert into ${journalOf(dialect)} (hash, created_at) values ('of a newer program', 4000000000000)`,
    )
    const picture = async () =>
      place.databaseUrl
        ? directly(place, `select * from ${journalOf(dialect)}`, 'select count(*) from reviews')
        : readdirSync(place.dataDir).map((name) => [name, readFileSync(join(place.dataDir, name)).toString('base64')])
    const before = await picture()
    await expect(openStore(place)).rejects.toMatchObject({
      code: 'store-newer',
      message: expect.stringContaining('newer'),
    })
    expect(await picture()).toEqual(before)
  })

  test('a migration that rebuilds a table others point to loses no row', async () => {
    const { place } = await filledPlace(dialect)
    const rebuild = [
      'create table new_learners as select * from learners',
      'PRAGMA foreign_keys=OFF',
      'drop table learners',
      'create table learners (id text primary key not null, name text not null, settings text not null, created_at integer not null)',
      'insert into learners select id, name, settings, created_at from new_learners',
      'drop table new_learners',
    ]
    const change = dialect === 'sqlite' ? rebuild : ['alter table learners alter column name set default $$You$$']
    await openedWith(dialect, place, later(...change))
    const [reviews, applied] = await directly(place, 'select id from reviews', `select hash from ${journalOf(dialect)}`)
    expect(reviews).toHaveLength(50)
    expect(applied).toContainEqual({ hash: 'later' })
  })

  test('a migration that would lose rows is rolled back as a whole', async () => {
    const { place } = await filledPlace(dialect)
    const losing = later('alter table items add column extra text', 'delete from reviews where duration_ms > 0')
    await expect(openedWith(dialect, place, losing)).rejects.toMatchObject({ code: 'migration-failed' })
    const store = await opened(place)
    expect(await store.counts()).toMatchObject({ reviews: 50 })
    await expect(directly(place, 'select extra from items')).rejects.toThrow('extra')
  })

  test('a row that the review log points to cannot be deleted', async () => {
    const { place } = await filledPlace(dialect)
    await expect(directly(place, 'delete from learners')).rejects.toThrow(/foreign key/i)
  })
})
